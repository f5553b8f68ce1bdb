create or replace function ops.pending_candles(target_level text) returns tstzmultirange
language sql stable
set search_path = pg_catalog
as $$
    with mark as (
        select watermark from ops.candle_watermarks where level = '1m'
    )
    select coalesce(range_agg(tstzrange(since, least(until, watermark))), '{}')
    from ops.candle_changes
    cross join mark
    where since < watermark and exists (select from ops.lifecycle where level = target_level)
$$;

comment on function ops.pending_candles is
'Where stored candles may differ from their ticks until a refresh has come by.';
