-- Symbols, levels and moments at random; the candle is that of the next tick, so that one that
-- is missing is found too, or of the next candle where the ticks are gone.
create or replace function ops.candle_sample(
    samples integer,
    only_symbol text default null,
    first_ts timestamptz default '-infinity',
    last_ts timestamptz default 'infinity'
) returns table (level text, since timestamptz, until timestamptz, symbol text)
language sql volatile
set search_path = pg_catalog, public
set timezone = 'UTC'
as $$
    with span as (
        select
            greatest(min(range_start), $3) as oldest,
            least(max(range_end), now(), $4) as newest
        from timescaledb_information.chunks
        where format('%I.%I', hypertable_schema, hypertable_name)::regclass
            in (ops.store_of('ticks'), ops.store_of('1m'))
        having count(*) > 0
    ),
    pool as (
        select array_agg(instruments.symbol) as symbols
        from market.instruments
        where $2 is null or instruments.symbol = $2
    ),
    picks as materialized (
        select
            symbols[1 + floor(random() * cardinality(symbols))] as symbol,
            1 + floor(random() * 8) as "position",
            oldest + random() * (newest - oldest) as moment,
            newest
        from generate_series(1, $1)
        cross join span
        cross join pool
    )
    select
        lifecycle.level,
        date_bin(width, at, '2000-01-01 00:00+00'),
        date_bin(width, at, '2000-01-01 00:00+00') + width,
        picks.symbol
    from picks
    inner join ops.lifecycle using ("position")
    cross join lateral (
        select coalesce(
            (
                select ts from market.ticks
                where ticks.symbol = picks.symbol and ts >= moment and ts < newest
                order by ts limit 1
            ),
            (
                select bucket from market.candles_1m as candle
                where candle.symbol = picks.symbol and bucket >= moment and bucket < newest
                order by bucket limit 1
            )
        ) as at
    ) as found
    where at is not null
$$;

comment on function ops.candle_sample is
'Ranges of one candle each, chosen at random; fewer where a symbol has no tick after a moment.';
