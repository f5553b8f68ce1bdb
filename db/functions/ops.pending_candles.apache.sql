create or replace function ops.pending_candles(relation text) returns tstzmultirange
language sql stable
set search_path = pg_catalog
as $$
    select coalesce(range_agg(tstzrange(change.since, least(change.until, mark.watermark))), '{}')
    from ops.lifecycle as target
    inner join ops.candle_changes as change on target.kind = change.kind
    inner join ops.lifecycle as lowest on target.kind = lowest.child and not lowest.live
    inner join ops.candle_watermarks as mark on lowest.relation = mark.relation
    where target.relation = $1 and change.since < mark.watermark
$$;

comment on function ops.pending_candles is
'Where stored candles may differ from their events until the next refresh.';
