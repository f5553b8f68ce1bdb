-- From the stored days, and from the stored minutes since then: events themselves are too many.
create or replace function market.sources_of(symbol text) returns setof text
language sql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
as $$
    select candles.source
    from market.segments_of($1) as segment
    cross join lateral (
        select source from ops.candles_1d where candles_1d.symbol = segment.symbol
        union
        select source from ops.quote_candles_1d where quote_candles_1d.symbol = segment.symbol
        union
        select source
        from ops.candles_1m
        where candles_1m.symbol = segment.symbol and bucket >= (
            select coalesce(min(watermark), '-infinity')
            from ops.watermarks
            where relation in ('candles_1d', 'quote_candles_1d')
        )
        union
        select source
        from ops.quote_candles_1m
        where quote_candles_1m.symbol = segment.symbol and bucket >= (
            select coalesce(min(watermark), '-infinity')
            from ops.watermarks
            where relation in ('candles_1d', 'quote_candles_1d')
        )
    ) as candles
    union
    select market.default_source($1)
$$;

comment on function market.sources_of is
'The sources that have trades or quotes of a symbol; a new one appears with its first minute.';

revoke execute on function market.sources_of from public;
grant execute on function market.sources_of to stockpulse_reader;
