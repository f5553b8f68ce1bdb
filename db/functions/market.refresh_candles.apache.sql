create or replace procedure market.refresh_candles(lag interval default '0')
language plpgsql
security definer
set search_path = pg_catalog, public
as $$
declare
    closed timestamptz;
    changes ops.span [];
    spans ops.span [];
    target record;
    new_mark timestamptz;
begin
    -- One refresher: one with an older snapshot must not overwrite what a newer one made.
    if not pg_try_advisory_xact_lock(hashtext('market.refresh_candles')) then
        return;
    end if;
    closed := time_bucket('1 minute', clock_timestamp() - lag);
    changes := ops.take_candle_changes(closed);
    for target in
        select
            lifecycle.*,
            watermark,
            ops.first_bucket(level) as first_bucket
        from ops.lifecycle
        inner join ops.candle_watermarks using (level)
        order by "position"
    loop
        new_mark := greatest(target.watermark, time_bucket(target.width, closed));
        spans := ops.widen(
            changes, target.width,
            -- the log alone says which minutes changed, so no range of ticks is read for 1m
            case when target.child = 'ticks' then new_mark else target.watermark end,
            new_mark, target.first_bucket
        );
        if cardinality(spans) > 0 then
            call ops.make_candles(target.level, target.child, target.width, spans);
        end if;
        if new_mark > target.watermark then
            update ops.candle_watermarks set watermark = new_mark where level = target.level;
        end if;
    end loop;
end $$;

comment on procedure market.refresh_candles is
'Brings all candles older than `lag` up to date with their ticks; the loader calls it on a timer.';

revoke execute on procedure market.refresh_candles from public;
grant execute on procedure market.refresh_candles to stockpulse_loader;
