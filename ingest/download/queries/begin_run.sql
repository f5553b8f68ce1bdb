-- The lock goes with the session: what a killed download had claimed is free at once.
select run, pg_advisory_lock(%(class)s, run)
from (select nextval('ops.download_runs')::integer as run) as started
