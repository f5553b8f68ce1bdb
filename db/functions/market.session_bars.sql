create or replace function market.session_bars(
    symbol text,
    starts timestamptz [],
    ends timestamptz [],
    source text,
    calendar text,
    price text,
    adjustment text
) returns setof market.candle
language sql stable parallel safe
as $$
    select
        slot.starts,
        $1,
        $4,
        (array_agg(day.open order by day.open_at) filter (where day.open is not null))[1],
        max(day.high),
        min(day.low),
        (array_agg(day.close order by day.open_at desc) filter (where day.close is not null))[1],
        sum(day.volume),
        sum(day.vwap_volume),
        sum(day.notional),
        sum(day.notional) / nullif(sum(day.vwap_volume), 0),
        sum(day.tick_count)::bigint,
        case when count(*) = 1 then max(day.mean_spread) end,
        null
    from unnest($2, $3) as slot (starts, ends)
    inner join market.session_candles(
        $1,
        (select min(starts)::date - 1 from unnest($2) as starts),
        (select max(ends)::date + 2 from unnest($3) as ends),
        $4, $5, $6, $7
    ) as day
        on day.open_at >= slot.starts and day.open_at < slot.ends
    group by slot.starts
    having max(day.high) is not null
$$;

comment on function market.session_bars is
'The candles of market.session_candles(), several sessions made into one, for the stretches given;
the mean spread of several sessions is null.';

revoke execute on function market.session_bars from public;
grant execute on function market.session_bars to stockpulse_reader;
