-- TimescaleDB runs jobs only for owners that may log in.
select 'the role stockpulse_owner may not log in, so its jobs do not run'
from pg_catalog.pg_roles
where rolname = 'stockpulse_owner' and not rolcanlogin
