-- Runs within the commit, so that nobody waits for a client that holds the lock, nor for a standby.
-- The lock is the last that a transaction takes, and is released once the commit is visible: so
-- numbers are in the order in which changes are seen.
create or replace function ops.number_changes() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    taken bigint;
    newest bigint;
begin
    if current_setting('stockpulse.numbered', true) = new.change::text then
        return null;
    end if;
    if current_setting('synchronous_commit') <> 'off' then
        perform set_config('synchronous_commit', 'local', true);
    end if;
    perform pg_advisory_xact_lock(1397769031);
    taken := nextval('ops.change_numbers');
    select max(number) into newest from ops.changes;
    if taken <= newest then -- some ways to copy a database leave sequences behind
        taken := setval('ops.change_numbers', newest + 1);
    end if;
    insert into ops.changes (number, mark, change)
    values (taken, hashtextextended(gen_random_uuid()::text, 0), new.change);
    if pg_notification_queue_usage() < 0.5 then -- a full queue would refuse the commit
        perform pg_notify('stockpulse_changes', taken::text);
    end if;
    perform set_config('stockpulse.numbered', new.change::text, true);
    return null;
end $$;

comment on function ops.number_changes is
'Gives the change of this transaction its number, and notifies stockpulse_changes of it.';

revoke execute on function ops.number_changes from public;
