-- The ids of this schema are four digits and a name.
select format('alembic_version holds %s, a revision of another application', version_num)
from alembic_version
where version_num !~ '^\d{4}_[a-z_]+$'
union all
select
    case
        when count(*) = 1 then format('the schema %s is', min(nspname))
        else format('the schemas %s are', string_agg(nspname, ', ' order by nspname))
    end
    || ' there already, but alembic_version holds no revision'
from pg_catalog.pg_namespace
where nspname in ('legacy', 'market', 'ops') and not exists (select from alembic_version)
having count(*) > 0
