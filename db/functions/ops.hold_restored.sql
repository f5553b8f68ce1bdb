-- Where rows come back below the floor, candles are made of them again.
create or replace function ops.hold_restored() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    facts constant ops.restored_days := coalesce(new, old);
    days constant tstzmultirange := tstzmultirange(tstzrange(
        facts.day::timestamp at time zone 'UTC', (facts.day + 1)::timestamp at time zone 'UTC'
    ));
begin
    if tg_op = 'DELETE' then
        update ops.retention_floors as floors set held = floors.held - days
        where floors.relation = facts.relation;
    else
        update ops.retention_floors as floors
        set
            held = floors.held + days,
            kept = floors.kept + days * tstzmultirange(tstzrange(null, floors.floor_ts)),
            archived = floors.archived - days
        where floors.relation = facts.relation;
    end if;
    return null;
end $$;

comment on function ops.hold_restored is
'Keeps ops.retention_floors in step with ops.restored_days.';

revoke execute on function ops.hold_restored from public;
