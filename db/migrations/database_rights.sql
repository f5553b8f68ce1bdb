-- What belongs to the database itself: no dump has it, so `stockpulse migrate` looks each time.
do $$
begin
    if not has_database_privilege('stockpulse_owner', current_database(), 'create') then
        execute format('grant create on database %I to stockpulse_owner', current_database());
    end if;
    -- By default, everybody may make temporary tables.
    if exists (
        select from pg_database
        where datname = current_database() and (
            datacl is null or exists (
                select from aclexplode(datacl)
                where grantee = 0 and privilege_type = 'TEMPORARY'
            )
        )
    ) then
        execute format('revoke temporary on database %I from public', current_database());
        execute format(
            'grant temporary on database %I to stockpulse_loader, stockpulse_owner',
            current_database()
        );
    end if;
exception
    when insufficient_privilege then
        raise notice 'only the owner of the database may grant rights on it';
end $$;

-- Up to TimescaleDB 2.29.2 a parallel read that compares with the result of a subquery may lose
-- rows: https://github.com/timescale/timescaledb/issues/10503. Whoever may not set it has doctor's
-- word.
do $$
begin
    if not exists (
        select from pg_db_role_setting
        inner join pg_database on setdatabase = pg_database.oid
        cross join unnest(setconfig) as setting
        where datname = current_database()
            and setrole = 0
            and setting like 'timescaledb.enable\_parallel\_chunk\_append=%'
    ) then
        execute format(
            'alter database %I set timescaledb.enable_parallel_chunk_append = off',
            current_database()
        );
    end if;
exception
    when insufficient_privilege then
        raise notice 'only the owner of the database may set enable_parallel_chunk_append';
end $$;
