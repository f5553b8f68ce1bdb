-- The settings of a role apply to its own logins, not to those of its members, so they are copied.
create or replace procedure ops.add_reader(login text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    setting text;
begin
    if to_regrole(quote_ident(login)) is null then
        execute format('create role %I login', login);
    end if;
    execute format('grant stockpulse_reader to %I', login);
    for setting in
        select unnest(setconfig)
        from pg_db_role_setting
        where setdatabase = 0 and setrole = 'stockpulse_reader'::regrole
    loop
        execute format(
            'alter role %I set %I = %L',
            login, split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1)
        );
    end loop;
end $$;

comment on procedure ops.add_reader is
'Creates a login that reads market, with the settings that stockpulse_reader has now.';

revoke execute on procedure ops.add_reader from public;

alter procedure ops.add_reader owner to stockpulse_owner;
