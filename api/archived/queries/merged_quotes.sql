-- In place of what a page found in the database: that and the rows of the archive, in the order of
-- market.quote_page(), or of the newest of all symbols together.
select
    symbol,
    source,
    ts,
    ns,
    seq,
    tick_id,
    bid,
    ask,
    bid_size,
    ask_size,
    exchange,
    tape,
    conditions,
    received_at
from (
    select *
    from (
        select
            *,
            row_number() over (
                order by
                    ts, ns, seq, tick_id nulls first, bid, ask, bid_size, ask_size, exchange,
                    tape, conditions, received_at
            ) as place
        from (
            select *
            from found
            where (ts at time zone 'UTC')::date <> all(%(gone)s::date [])
            union all
            select * from json_populate_recordset(null::market.quote_event, %(rows)s::json)
        ) as merged
    ) as placed
    order by
        case when %(newest)s::boolean then ts end desc,
        case when %(newest)s::boolean then ns end desc,
        symbol asc,
        case when %(newest)s::boolean or %(descending)s::boolean then -place else place end asc
    limit %(limit)s::integer + case when %(newest)s::boolean then 0 else 1 end
) as first_ones
order by symbol, case when %(descending)s::boolean then -place else place end
