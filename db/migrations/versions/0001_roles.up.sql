create extension if not exists timescaledb schema public;

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

-- The table of the revision; the API's readiness depends on it.
grant select on public.stockpulse_version to stockpulse_reader;

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

set local role stockpulse_owner;

create table ops.api_keys (
    key_sha256 bytea not null,
    name text collate "C" not null,
    rate_per_minute integer,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    constraint api_keys_pkey primary key (key_sha256),
    constraint api_keys_sha256 check (octet_length(key_sha256) = 32),
    constraint api_keys_name check (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'),
    constraint api_keys_rate check (rate_per_minute > 0)
);

create unique index api_keys_name on ops.api_keys (name) where revoked_at is null;

comment on table ops.api_keys is
'Keys of the REST API, by their digest: the key itself is stored nowhere.';
comment on column ops.api_keys.key_sha256 is
'SHA-256 of the key, which has 256 random bits: a digest that is slow to compute adds nothing.';
comment on column ops.api_keys.name is 'Holder, unique among the keys that are not revoked.';
comment on column ops.api_keys.rate_per_minute is
'Most requests per minute and process of the API; null: no limit.';
comment on column ops.api_keys.revoked_at is 'Since when it opens nothing; null: valid.';

-- include functions/market.api_key.sql

reset role;
