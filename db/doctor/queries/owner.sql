-- TimescaleDB runs jobs only for owners that can log in.
select 'the role stockpulse_owner cannot log in, so its jobs do not run'
from pg_catalog.pg_roles
where rolname = 'stockpulse_owner' and not rolcanlogin
