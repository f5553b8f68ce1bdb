-- The lock waits for loaders under way, which hold it shared: what they store carries the version
-- that they read. A source that a loader adds has the defaults, by which it has made its masks.
create or replace function ops.change_rules() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    lock table ops.kafka_offsets in share row exclusive mode;
    update ops.rules_version set version = version + 1;
    return null;
end $$;

comment on function ops.change_rules is
'Counts a change of the rules by which the masks of trades and quotes are made.';

revoke execute on function ops.change_rules from public;
