-- timescaledb_pre_restore() sets it for the database; only timescaledb_post_restore() ends it.
select
    'timescaledb.restoring is on: '
    || case
        when exists (
            select from pg_catalog.pg_stat_activity
            where datname = current_database() and application_name = 'pg_restore'
        ) then 'pg_restore is at work, and no job runs until it has ended'
        else 'a restore was not ended, and no job runs; its rows may be there in part'
    end
where current_setting('timescaledb.restoring', true) = 'on'
