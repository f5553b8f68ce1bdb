drop procedure market.refresh_candles(interval);
drop procedure ops.make_live_candles(text, ops.span []);
drop procedure ops.make_candles(text, ops.span []);
drop function ops.widen(ops.span [], interval, timestamptz, timestamptz, tstzmultirange);
drop function ops.take_candle_changes(text, timestamptz);
drop type ops.span;
-- include migrations/drop_candle_views.sql

do $$
declare
    target text;
begin
    for target in
        select relation from ops.lifecycle where child is not null order by "position" desc
    loop
        execute format('drop table ops.%I', target);
    end loop;
end $$;

drop table ops.candle_watermarks;
drop table ops.candle_changes;
