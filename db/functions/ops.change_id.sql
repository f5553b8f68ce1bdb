create or replace function ops.change_id() returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    known text := current_setting('stockpulse.change', true);
begin
    if known <> '' then
        return known;
    end if;
    return set_config('stockpulse.change', nextval('ops.change_ids')::text, true);
end $$;

comment on function ops.change_id is 'The id of the change that this transaction makes.';

revoke execute on function ops.change_id from public;
