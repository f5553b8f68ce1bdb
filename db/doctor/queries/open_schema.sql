-- By default in databases that come from PostgreSQL 14 or older.
select
    'everybody may create in the schema public, where functions that act as stockpulse_owner'
    || ' look for those of TimescaleDB'
from pg_catalog.pg_namespace
where nspname = 'public' and exists (
    select from pg_catalog.aclexplode(nspacl)
    where grantee = 0 and privilege_type = 'CREATE'
)
