-- A pooler has a number of its own for what it takes for a session: then nothing is set. The role
-- comes last, since it may not be allowed to set the others.
select
    pg_catalog.pg_backend_pid() <> %(pid)s::integer as is_pooled,
    pg_catalog.pg_is_in_recovery() as is_standby,
    coalesce(pg_catalog.current_setting('timescaledb.restoring', true) = 'on', false)
    as is_restoring,
    (
        select count(pg_catalog.set_config(found.name, wanted.setting, false))
        from unnest(%(names)s::text [], %(settings)s::text []) as wanted (name, setting)
        inner join pg_catalog.pg_settings as found on wanted.name = lower(found.name)
        where pg_catalog.pg_backend_pid() = %(pid)s::integer
            and found.setting is distinct from wanted.setting
            and not (found.source = 'client' and wanted.name = any(%(yielding)s::text []))
    ) as changed,
    case
        when pg_catalog.pg_backend_pid() = %(pid)s::integer and %(role)s::text is not null
            then pg_catalog.set_config('role', %(role)s::text, false)
    end as acting_as
