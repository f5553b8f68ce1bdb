create or replace function ops.stored_until(relation text) returns timestamptz
language sql stable
set search_path = pg_catalog
as $$
    select watermark from ops.candle_watermarks where candle_watermarks.relation = $1
$$;

comment on function ops.stored_until is
'The watermark of a relation of candles: later ones are computed when they are read.';
