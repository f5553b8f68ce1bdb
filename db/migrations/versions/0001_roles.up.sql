create extension if not exists timescaledb;

-- Roles belong to the whole cluster: another database may have made them already.
do $$
begin
    if to_regrole('stockpulse_owner') is null then
        -- LOGIN, with no password: TimescaleDB runs background jobs only for owners that may log in.
        create role stockpulse_owner login;
        comment on role stockpulse_owner is 'Owns the relations of StockPulse and runs their jobs.';
    end if;
    if to_regrole('stockpulse_loader') is null then
        create role stockpulse_loader nologin;
        comment on role stockpulse_loader is 'Group role: stores ticks, owns nothing.';
    end if;
    if to_regrole('stockpulse_reader') is null then
        create role stockpulse_reader nologin;
        comment on role stockpulse_reader is
        'Group role: reads the schema market; its settings are the limits of ops.add_reader().';
        alter role stockpulse_reader set default_transaction_read_only = on;
        alter role stockpulse_reader set statement_timeout = '30s';
        alter role stockpulse_reader set idle_in_transaction_session_timeout = '60s';
    end if;
    -- Whoever migrates must be able to act as the owner.
    if not (
        pg_has_role('stockpulse_owner', 'set') and pg_has_role('stockpulse_owner', 'usage')
    ) then
        grant stockpulse_owner to current_user;
    end if;
end $$;

create schema market authorization stockpulse_owner;
comment on schema market is 'Ticks and candles: what people read.';
grant usage on schema market to stockpulse_loader, stockpulse_reader;

create schema ops authorization stockpulse_owner;
comment on schema ops is 'What the machinery needs: offsets, rejects, settings, logs.';
grant usage on schema ops to stockpulse_loader;

-- Alembic's own table; the API's readiness depends on it.
grant select on alembic_version to stockpulse_reader;

do $$
begin
    execute format('grant create on database %I to stockpulse_owner', current_database());
    execute format('revoke temporary on database %I from public', current_database());
    execute format(
        'grant temporary on database %I to stockpulse_loader, stockpulse_owner', current_database()
    );
end $$;

-- Up to TimescaleDB 2.29.2 a parallel read that compares with the result of a subquery may lose
-- rows: https://github.com/timescale/timescaledb/issues/10503. Whoever may not set it has doctor's
-- word.
do $$
begin
    execute format(
        'alter database %I set timescaledb.enable_parallel_chunk_append = off', current_database()
    );
exception
    when insufficient_privilege then
        raise notice 'only the owner of the database may set enable_parallel_chunk_append';
end $$;

-- include functions/ops.add_reader.sql
