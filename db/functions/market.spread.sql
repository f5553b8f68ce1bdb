create or replace function market.spread(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null
) returns table (
    bucket timestamptz, symbol text, source text,
    mean_spread numeric, min_spread numeric, max_spread numeric, quote_count bigint
)
language sql stable parallel safe
as $$
    select
        date_bin(market.width_of($2), ts, timestamptz '2000-01-01 00:00+00') as bucket,
        symbol,
        source,
        avg(ask - bid),
        min(ask - bid),
        max(ask - bid),
        count(*)
    from market.ticks
    where ticks.symbol = $1 and source = coalesce($5, market.default_source($1))
        and ts >= market.first_bucket($2, $3) and ts < market.first_bucket($2, $4)
        and bid is not null and ask is not null
    group by 1, 2, 3
    order by 1
$$;

comment on function market.spread is
'Ask minus bid of the ticks that have both, since <= bucket < until; every quote counts the same.';

revoke execute on function market.spread from public;
grant execute on function market.spread to stockpulse_reader;
