-- Loses the API keys, and whatever else was put into the two schemas. Roles and the extension stay:
-- others may use them.
drop schema ops cascade;
drop schema market cascade;
revoke select on public.stockpulse_version from stockpulse_reader;

do $$
begin
    execute format(
        'alter database %I reset timescaledb.enable_parallel_chunk_append', current_database()
    );
exception
    when insufficient_privilege then
        raise notice 'only the owner of the database may reset enable_parallel_chunk_append';
end $$;

do $$
begin
    execute format('revoke create on database %I from stockpulse_owner', current_database());
    execute format(
        'revoke temporary on database %I from stockpulse_loader, stockpulse_owner',
        current_database()
    );
    execute format('grant temporary on database %I to public', current_database());
end $$;
