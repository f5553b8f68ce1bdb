-- Runs within the commit, so that nobody waits for a client that holds the lock. The lock is the
-- last that a transaction takes, and is released once the commit is visible: numbers are in the
-- order in which changes are seen.
create or replace function ops.number_changes() returns trigger
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    taken bigint;
begin
    if current_setting('stockpulse.numbered', true) = new.change::text then
        return null;
    end if;
    perform pg_advisory_xact_lock(1397769031);
    insert into ops.changes (number, mark, change)
    values (
        nextval('ops.change_numbers'), hashtextextended(gen_random_uuid()::text, 0), new.change
    )
    returning number into taken;
    perform pg_notify('stockpulse_changes', taken::text);
    perform set_config('stockpulse.numbered', new.change::text, true);
    return null;
end $$;

comment on function ops.number_changes is
'Gives the change of this transaction its number, and notifies stockpulse_changes of it.';

revoke execute on function ops.number_changes from public;
