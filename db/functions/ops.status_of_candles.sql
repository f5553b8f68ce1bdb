create or replace function ops.status_of_candles() returns json
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select json_build_object(
        'pending',
        (
            select coalesce(
                json_agg(
                    json_build_object(
                        'relation', relation,
                        'ranges', ranges,
                        'start', market.time_json(since)::json,
                        'end', market.time_json(until)::json
                    )
                    order by since, relation
                ),
                '[]'
            )
            from (
                select
                    case kind when 'trades' then 'candles_' else 'quote_candles_' end
                    || timeframe as relation,
                    count(*) as ranges,
                    min(since) as since,
                    max(until) as until
                from market.pending()
                group by 1
            ) as behind
        ),
        'verified',
        (
            select json_build_object(
                'at', market.time_json(verified_at)::json,
                'candles', candles,
                'mismatches', mismatches
            )
            from ops.verifications
            order by id desc
            limit 1
        )
    )
$$;

comment on function ops.status_of_candles is
'How much of the stored candles is behind its events, by relation, and their last comparison, as
market.operation_status() has them.';
