-- include migrations/drop_candle_views.sql

do $$
declare
    target text;
begin
    for target in
        select relation from ops.lifecycle where child is not null order by "position" desc
    loop
        execute format('drop materialized view ops.%I', target);
    end loop;
end $$;
