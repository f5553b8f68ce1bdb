select
    case
        when count(*) = 1 then format('the schema %s is', min(nspname))
        else format('the schemas %s are', string_agg(nspname, ', ' order by nspname))
    end
    || ' there already, but no public.stockpulse_version that holds a revision'
from pg_catalog.pg_namespace
where
    nspname in ('legacy', 'market', 'ops')
    and to_regclass('public.stockpulse_version') is null
having count(*) > 0
