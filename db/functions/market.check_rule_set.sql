-- Not a check constraint: the zones are those of the server that a row is written on.
create or replace function market.check_rule_set() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    zone text := split_part(new.regular_hours, ' ', 1);
begin
    if new.regular_hours is not null
        and not exists (select from pg_timezone_names where name = zone) then
        raise exception 'rule set %: % is not a time zone in pg_timezone_names', new.rule_set, zone
            using errcode = 'check_violation', hint = 'write it like America/New_York 09:30-16:00';
    end if;
    return new;
end $$;

comment on function market.check_rule_set is
'Refuses regular_hours in a time zone that does not exist.';
