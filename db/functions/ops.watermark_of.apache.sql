create or replace function ops.watermark_of(relation text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select format('(select watermark from ops.candle_watermarks where relation = %L)', relation)
$$;

comment on function ops.watermark_of is
'The end of the stored candles of a relation, as SQL for a view.';
