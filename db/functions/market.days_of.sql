-- The days of stored daily candles, and later ones that have a chunk. Of the last ten days all: a
-- late event reaches the daily candles after the narrower ones.
create or replace function market.days_of(
    kind text, symbol text, source text, since timestamptz, until timestamptz
) returns setof timestamptz
language plpgsql stable parallel safe
security definer
set search_path = pg_catalog, public, pg_temp
set timezone = 'UTC' -- elsewhere a day may have 23 hours
as $$
#variable_conflict use_column
declare
    stored_until constant timestamptz := (
        select watermark
        from ops.lifecycle
        inner join ops.watermarks using (relation)
        where lifecycle.kind = $1 and lifecycle.width = interval '1 day'
    );
    all_from constant timestamptz := greatest(
        since - interval '24 hours', least(stored_until, now() - interval '10 days')
    );
begin
    if kind = 'trades' then
        return query
        select bucket
        from ops.candles_1d as candles
        where candles.symbol = $2 and candles.source = $3
            and bucket > $4 - interval '24 hours' and bucket < least($5, stored_until);
    else
        return query
        select bucket
        from ops.quote_candles_1d as candles
        where candles.symbol = $2 and candles.source = $3
            and bucket > $4 - interval '24 hours' and bucket < least($5, stored_until);
    end if;
    return query
    select day
    from _timescaledb_catalog.hypertable
    inner join _timescaledb_catalog.dimension on hypertable.id = dimension.hypertable_id
    inner join _timescaledb_catalog.dimension_slice as chunk on dimension.id = chunk.dimension_id
    cross join generate_series(
        date_bin(
            '1 day',
            greatest(_timescaledb_functions.to_timestamp(chunk.range_start), all_from),
            '2000-01-01 00:00+00'
        ),
        least(_timescaledb_functions.to_timestamp(chunk.range_end), $5) - interval '1 microsecond',
        interval '1 day'
    ) as day
    where hypertable.schema_name = 'market' and hypertable.table_name = $1
        and chunk.range_end > _timescaledb_functions.to_unix_microseconds(all_from)
        and chunk.range_start < _timescaledb_functions.to_unix_microseconds($5);
end $$;

comment on function market.days_of is
'The days of a range, some twice, on which a series may have trades or quotes.';

revoke execute on function market.days_of from public;
grant execute on function market.days_of to stockpulse_reader;
