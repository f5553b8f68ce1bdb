-- The settings of a role hold for its own logins alone, never for those of its members.
create or replace procedure ops.add_reader(login text)
language plpgsql
set search_path = pg_catalog
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
'Makes a role that may log in and read market, under the settings that stockpulse_reader has now.';

revoke execute on procedure ops.add_reader from public;

alter procedure ops.add_reader owner to stockpulse_owner;
