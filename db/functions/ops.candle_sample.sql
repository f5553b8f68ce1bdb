-- Series, relations and moments at random; the candle is that of the next event, so that one that
-- is missing is found too, or of the next candle where the events are gone.
create or replace function ops.candle_sample(
    samples integer,
    only_symbol text default null,
    first_ts timestamptz default '-infinity',
    last_ts timestamptz default 'infinity'
) returns table (relation text, since timestamptz, until timestamptz, symbol text)
language sql volatile
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC'
as $$
    with spans as (
        select
            lifecycle.kind,
            greatest(min(range_start), $3) as oldest,
            least(max(range_end), now(), $4) as newest
        from timescaledb_information.chunks
        inner join ops.lifecycle
            on format('%I.%I', hypertable_schema, hypertable_name)::regclass
            = ops.hypertable_of(lifecycle.relation)
        where lifecycle.child is null
            or (lifecycle.kind, lifecycle.width) in (
                select kind, min(width) from ops.verified_levels() group by kind
            )
        group by lifecycle.kind
    ),
    levels as (
        select
            lifecycle.relation,
            lifecycle.width,
            spans.*,
            row_number() over (order by "position") as nth,
            count(*) over () as level_count
        from ops.verified_levels() as lifecycle
        inner join spans on lifecycle.kind = spans.kind
    ),
    pool as (
        select array_agg(instruments.symbol) as symbols
        from market.instruments
        where $2 is null or instruments.symbol = $2
    ),
    picks as materialized (
        select
            symbols[1 + floor(random() * cardinality(symbols))] as symbol,
            1 + floor(random() * (select max(level_count) from levels)) as nth,
            random() as share
        from generate_series(1, $1)
        cross join pool
    ),
    moments as (
        select
            levels.*,
            picks.symbol,
            oldest + share * (newest - oldest) as moment
        from picks
        inner join levels using (nth)
    )
    select
        moments.relation,
        date_bin(width, at, '2000-01-01 00:00+00'),
        date_bin(width, at, '2000-01-01 00:00+00') + width,
        moments.symbol
    from moments
    cross join lateral (
        select case kind
            when 'trades' then coalesce(
                (
                    select ts from market.trades
                    where trades.symbol = moments.symbol and ts >= moment and ts < newest
                    order by ts limit 1
                ),
                (
                    select bucket from market.candles_1m as candle
                    where candle.symbol = moments.symbol and bucket >= moment and bucket < newest
                    order by bucket limit 1
                )
            )
            else coalesce(
                (
                    select ts from market.quotes
                    where quotes.symbol = moments.symbol and ts >= moment and ts < newest
                    order by ts limit 1
                ),
                (
                    select bucket from market.quote_candles_1m as candle
                    where candle.symbol = moments.symbol and bucket >= moment and bucket < newest
                    order by bucket limit 1
                )
            )
        end as at
    ) as found
    where at is not null
$$;

comment on function ops.candle_sample is
'Ranges of one candle each, chosen at random; fewer where a symbol has no event after a moment.';
