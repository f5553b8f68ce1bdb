-- Generated from ops.lifecycle: one branch per level, of which only the one asked for is executed.
do $do$
declare
    branches text;
    known text;
begin
    select
        string_agg(
            format(
                $sql$
    select bucket, symbol, source, open, high, low, close, volume, notional, vwap, tick_count
    from %s as candles
    where $6 = 'none' and $2 = %L
        and candles.symbol = $1 and source = coalesce($5, market.default_source($1))
        and bucket >= $3 and bucket < $4
    union all
                $sql$,
                ops.relation_of(level), level
            ),
            '' order by "position"
        ),
        string_agg(level, ', ' order by "position")
    into branches, known
    from ops.lifecycle where child is not null;
    execute format(
        $sql$
create or replace function market.candles(
    symbol text,
    timeframe text,
    since timestamptz default '-infinity',
    until timestamptz default 'infinity',
    source text default null,
    fill text default 'none'
) returns table (
    bucket timestamptz, symbol text, source text,
    open numeric, high numeric, low numeric, close numeric,
    volume numeric, notional numeric, vwap numeric, tick_count bigint
)
language sql stable parallel safe
as $function$ %s
    select * from market.filled_candles($1, $2, $3, $4, $5, $6) where $6 <> 'none'
    union all
    select null, null, null, null, null, null, null, null, null, null, null
    where market.check_timeframe($2) or market.check_fill($6)
    order by 1
$function$
        $sql$,
        branches
    );
    execute format(
        'comment on function market.candles(text, text, timestamptz, timestamptz, text, text) is %L',
        format(
            'Candles of a series, oldest first, since <= bucket < until; timeframe is one of %s.'
            ' fill adds buckets without ticks: `null` leaves their prices null, `previous` repeats'
            ' the previous close.',
            known
        )
    );
end $do$;

revoke execute on function market.candles from public;
grant execute on function market.candles to stockpulse_reader;
