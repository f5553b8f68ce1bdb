-- Those of the seconds since its last run, and of earlier ones that have changed: `changes`, from
-- which other levels were made, and what waits in the log for the end of its minute.
create or replace procedure ops.make_live_candles(kind text, changes ops.span [])
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
    target ops.lifecycle;
    new_mark timestamptz;
    old_mark timestamptz;
    waiting ops.span [];
    spans ops.span [];
    -- before anything is read
    seen constant bigint := coalesce((select max(number) from ops.changes), 0);
begin
    select * into target from ops.lifecycle where lifecycle.kind = $1 and live;
    new_mark := time_bucket(target.width, clock_timestamp() - target.refresh_end);
    if not ops.start_live_level(target.relation, new_mark) then
        return;
    end if;
    select greatest(watermark, first_stored) into old_mark
    from ops.watermarks where relation = target.relation;
    select array_agg((instruments.symbol, change.since, change.until)::ops.span) into waiting
    from ops.candle_changes as change
    inner join market.instruments on coalesce(change.symbol, instruments.symbol) = instruments.symbol
    where change.kind = $1 and change.since < old_mark;
    spans := ops.widen(
        changes || waiting, target.width, old_mark, new_mark, ops.made_ranges(target.relation)
    );
    if cardinality(spans) > 0 then
        call ops.make_candles(target.relation, spans);
    end if;
    update ops.candle_watermarks set watermark = greatest(watermark, new_mark), change = seen
    where relation = target.relation;
end $$;

comment on procedure ops.make_live_candles is
'Brings the live level of trades or quotes up to date; a part of market.refresh_candles().';
