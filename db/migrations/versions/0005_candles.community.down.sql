drop function ops.store_of(text);

do $$
declare
    target text;
begin
    for target in
        select relation from ops.lifecycle where child is not null order by "position" desc
    loop
        execute format('drop materialized view market.%I', target);
    end loop;
end $$;
