create or replace function ops.refreshed_at(kind text) returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select nullif(mark.watermark, '-infinity')
    from ops.lifecycle
    inner join ops.candle_watermarks as mark using (relation)
    where lifecycle.kind = $1 and lifecycle.child = $1 and not lifecycle.live
$$;

comment on function ops.refreshed_at is
'A time before which the last run began that went through all levels of trades or quotes; null: not
known.';
