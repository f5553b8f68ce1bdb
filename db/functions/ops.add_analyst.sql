-- A login cannot raise two of its limits: its connections, and the disk space for its sorts.
create or replace procedure ops.add_analyst(
    login text,
    connections integer default 3,
    statement_timeout text default '5min',
    temp_file_limit text default '2GB'
)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    call ops.add_reader(login);
    execute format('alter role %I connection limit %s', login, connections);
    execute format('alter role %I set statement_timeout = %L', login, statement_timeout);
    begin
        execute format('alter role %I set temp_file_limit = %L', login, temp_file_limit);
    exception when insufficient_privilege then
        raise warning 'only a superuser can set temp_file_limit: % has no such limit', login;
    end;
end $$;

comment on procedure ops.add_analyst is
'Creates a login that reads market, as ops.add_reader() does, with limits for ad hoc queries.';

revoke execute on procedure ops.add_analyst from public;
