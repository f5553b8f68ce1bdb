drop function ops.start_live_level(text, timestamptz);

do $$
declare
    target text;
begin
    for target in
        select relation from ops.lifecycle where child is not null order by "position" desc
    loop
        execute format('drop view market.%I', target);
    end loop;
end $$;

drop function ops.candle_view(text);
drop function ops.chain_of(text);
drop function ops.watermark_of(text);
drop view ops.watermarks;
drop function ops.hypertable_of(text);
drop function ops.store_of(text);
