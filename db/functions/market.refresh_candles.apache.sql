create or replace procedure market.refresh_candles(lag interval default '0')
language plpgsql
security definer
set search_path = pg_catalog, public, pg_temp
as $$
declare
    closed timestamptz;
    tree text;
    changes ops.span [];
    spans ops.span [];
    target record;
    new_mark timestamptz;
begin
    -- One refresher: one with an older snapshot must not overwrite the candles of a newer one.
    if not pg_try_advisory_xact_lock(hashtext('market.refresh_candles')) then
        return;
    end if;
    closed := time_bucket('1 minute', clock_timestamp() - lag);
    for tree in select relation from ops.lifecycle where child is null order by "position" loop
        changes := ops.take_candle_changes(tree, closed);
        for target in
            select
                lifecycle.*,
                watermark,
                ops.made_ranges(relation) as made
            from ops.lifecycle
            inner join ops.candle_watermarks using (relation)
            where kind = tree and not live
            order by "position"
        loop
            new_mark := greatest(target.watermark, time_bucket(target.width, closed));
            spans := ops.widen(
                changes, target.width,
                -- the log lists the minutes that changed, so no range of events is read for them
                case when target.child = tree then new_mark else target.watermark end,
                new_mark, target.made
            );
            if cardinality(spans) > 0 then
                call ops.make_candles(target.relation, spans);
            end if;
            if new_mark > target.watermark then
                update ops.candle_watermarks set watermark = new_mark
                where relation = target.relation;
            end if;
        end loop;
        call ops.make_live_candles(tree, changes);
    end loop;
end $$;

comment on procedure market.refresh_candles is
'Brings all candles older than `lag` up to date with their events; the loader calls it on a timer.';

revoke execute on procedure market.refresh_candles from public;
grant execute on procedure market.refresh_candles to stockpulse_loader;
