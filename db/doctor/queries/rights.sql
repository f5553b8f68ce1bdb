select
    format(
        'role %s may not see what other sessions do: standbys, the archive of WAL and open'
        || ' transactions were examined in part',
        session_user
    )
where not pg_has_role('pg_read_all_stats', 'member')
