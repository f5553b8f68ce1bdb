-- No row: there never was an archive.
select
    json_build_object(
        'is_on', state.is_on,
        'seen_at', case when isfinite(state.seen_at) then market.time_json(state.seen_at)::json end,
        'failed_at', market.time_json(state.failed_at)::json,
        'failure', state.failure,
        'waiting', coalesce(
            (
                select
                    json_agg(
                        json_build_object(
                            'relation', relation, 'days', days, 'oldest', oldest
                        )
                        order by relation desc
                    )
                from ops.unarchived_days()
            ),
            '[]'
        )
    )::text
from ops.archive_state as state
