drop procedure market.refresh_candles(interval);
drop procedure ops.make_candles(text, text, interval, ops.span []);
drop function ops.widen(ops.span [], interval, timestamptz, timestamptz, timestamptz);
drop function ops.take_candle_changes(timestamptz);
drop type ops.span;
drop function ops.store_of(text);

-- Parents before children.
do $$
declare
    target text;
begin
    for target in
        select level from ops.lifecycle where child is not null order by "position" desc
    loop
        execute format('drop view market.%I', 'candles_' || target);
        execute format('drop table ops.%I', 'candles_' || target);
    end loop;
end $$;

drop table ops.candle_watermarks;
drop table ops.candle_changes;
