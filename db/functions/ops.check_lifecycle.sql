-- A refresh that reaches a range whose source is gone would delete its candles.
create or replace function ops.check_lifecycle() returns trigger
language plpgsql
set search_path = pg_catalog
as $$
declare
    fault record;
begin
    select parent.relation, parent.refresh_start, child.relation as child, child.keep into fault
    from ops.lifecycle as parent
    inner join ops.lifecycle as child on parent.child = child.relation
    where child.keep <= parent.refresh_start + 2 * child.chunk
    limit 1;
    if found then
        raise exception
            'the refresh of % reaches back %, too near to the age at which % are dropped, %',
            fault.relation, fault.refresh_start, fault.child, fault.keep
            using errcode = 'check_violation',
                hint = 'keep must exceed refresh_start plus two chunks';
    end if;
    return null;
end $$;

comment on function ops.check_lifecycle is
'Refuses settings by which a refresh could reach dropped data.';
