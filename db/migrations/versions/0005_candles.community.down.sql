drop function ops.store_of(text);

-- Parents before children.
do $$
declare
    target text;
begin
    for target in
        select level from ops.lifecycle where child is not null order by "position" desc
    loop
        execute format('drop materialized view market.%I', 'candles_' || target);
    end loop;
end $$;
