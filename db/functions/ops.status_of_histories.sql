create or replace function ops.status_of_histories() returns json
language sql stable
set search_path = pg_catalog
as $$
    select coalesce(
        json_agg(
            json_build_object(
                'history', history,
                'kind', kind,
                'state', state,
                'ran_at', market.time_json(ran_at)::json,
                'next_at', market.time_json(next_at)::json,
                'result', result
            )
            order by history, kind
        ),
        '[]'
    )
    from ops.newest_runs()
$$;

comment on function ops.status_of_histories is
'The newest run of each kind of every history, as market.operation_status() has it.';
