-- Whether this login sees replicas and files of WAL.
select
    pg_has_role('pg_read_all_stats', 'usage') as may_see_replicas,
    has_function_privilege('pg_ls_waldir()', 'execute') as may_see_wal
