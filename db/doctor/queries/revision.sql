-- The ids of this schema are four digits and a name.
select format('stockpulse_version holds %s, no revision of StockPulse', version_num)
from public.stockpulse_version
where version_num !~ '^[0-9]{4}_[a-z_]+$'
union all
select
    case
        when count(*) = 1 then format('the schema %s is', min(nspname))
        else format('the schemas %s are', string_agg(nspname, ', ' order by nspname))
    end
    || ' there already, but stockpulse_version holds no revision'
from pg_catalog.pg_namespace
where
    nspname in ('legacy', 'market', 'ops')
    and not exists (select from public.stockpulse_version)
having count(*) > 0
