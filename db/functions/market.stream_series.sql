create or replace function market.stream_series(
    symbols text [],
    sources text [],
    prices text [],
    timeframes text [],
    sinces timestamptz [],
    untils timestamptz []
) returns table (
    number integer,
    symbol text,
    source text,
    price text,
    timeframe text,
    level text,
    level_width interval,
    width interval,
    months integer,
    since timestamptz,
    until timestamptz,
    settled timestamptz,
    pending timestamptz
)
language sql stable parallel safe
security definer
set search_path = pg_catalog, pg_temp
as $$
    with asked as materialized (
        select
            given.number::integer,
            given.symbol,
            given.source,
            given.price,
            given.timeframe,
            given.since,
            given.until
        from unnest($1, $2, $3, $4, $5, $6) with ordinality
            as given (symbol, source, price, timeframe, since, until, number)
    ),
    frames as materialized (
        select names.timeframe, frame.*
        from (select distinct asked.timeframe from asked) as names
        cross join lateral market.timeframe_of(names.timeframe) as frame
    ),
    named as materialized (
        select
            pairs.symbol,
            pairs.asked_source,
            pairs.asked_price,
            found.source,
            coalesce(pairs.asked_price, market.default_price(pairs.symbol, found.source)) as price
        from (
            select distinct asked.symbol, asked.source as asked_source, asked.price as asked_price
            from asked
        ) as pairs
        cross join lateral (
            select coalesce(lower(pairs.asked_source), market.default_source(pairs.symbol)) as source
            limit 1
        ) as found
        where found.source is not null
    ),
    settled as materialized (
        select
            named.symbol,
            named.source,
            named.price,
            least(
                now(),
                market.awaited_from(
                    named.symbol, named.source,
                    case named.price when 'trade' then 'trade' else 'quote' end
                )
            ) as until
        from (select distinct named.symbol, named.source, named.price from named) as named
    ),
    behind as materialized (
        select lifecycle.kind, lifecycle.level, ops.pending_candles(lifecycle.relation) as times
        from ops.lifecycle
        where lifecycle.child is not null
            and (lifecycle.kind, lifecycle.level) in (
                select case named.price when 'trade' then 'trades' else 'quotes' end, frames.level
                from named
                cross join frames
            )
    )
    select
        asked.number,
        asked.symbol,
        named.source,
        named.price,
        asked.timeframe,
        frames.level,
        frames.level_width,
        frames.width,
        frames.months,
        span.since,
        span.until,
        settled.until,
        case
            when span.since < span.until
                then lower(behind.times * tstzmultirange(tstzrange(span.since, span.until)))
        end
    from asked
    inner join frames on asked.timeframe = frames.timeframe
    inner join named
        on asked.symbol = named.symbol
            and asked.source is not distinct from named.asked_source
            and asked.price is not distinct from named.asked_price
    inner join settled
        on named.symbol = settled.symbol and named.source = settled.source
            and named.price = settled.price
    left join behind
        on frames.level = behind.level
            and case named.price when 'trade' then 'trades' else 'quotes' end = behind.kind
    cross join lateral (
        select
            market.bucket_of(
                case
                    when asked.until = 'infinity' then least(asked.since, settled.until)
                    else asked.since
                end,
                frames.width,
                frames.months
            ) as since,
            market.bucket_of(asked.until, frames.width, frames.months) as until
    ) as span
$$;

comment on function market.stream_series is
'Which bars a stream means, item by item of the arrays: the series, source and price by default
those of market.candles(); how its bars are made; since, at the start of its bucket, and not after
what is settled if it goes on; until, so that all bars end by then; settled, up to when the events
have come, as in market.settled_until(); pending, the first time within since and until at which the
stored bars are behind the events. A symbol that nothing is known of has no row.';

revoke execute on function market.stream_series from public;
grant execute on function market.stream_series to stockpulse_reader;
