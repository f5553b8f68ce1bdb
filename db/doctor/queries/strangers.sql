-- The migrations make everything as stockpulse_owner.
select
    array_to_string((array_agg(stranger order by stranger))[:3], ', ')
    || case
        when count(*) = 1 then ' was'
        when count(*) <= 3 then ' were'
        else format(' and %s others were', count(*) - 3)
    end
    || ' not made by StockPulse'
from (
    select oid::regclass::text as stranger
    from pg_catalog.pg_class
    where
        relnamespace::regnamespace::text in ('market', 'ops')
        and relkind in ('r', 'p', 'v', 'm', 'f')
        and relowner is distinct from to_regrole('stockpulse_owner')
) as found
having count(*) > 0
