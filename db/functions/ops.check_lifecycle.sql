-- What a bucket is made from has to be there until the bucket is closed and refreshed.
create or replace function ops.check_lifecycle() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    fault record;
begin
    select parent.relation, parent.refresh_end, child.relation as child, child.keep into fault
    from ops.lifecycle as parent
    inner join ops.lifecycle as child on parent.child = child.relation
    where child.keep <= parent.refresh_end + parent.width + 2 * child.chunk
    limit 1;
    if found then
        raise exception
            'buckets of % are open for %, too near to the age at which % are dropped, %',
            fault.relation, fault.refresh_end, fault.child, fault.keep
            using errcode = 'check_violation',
                hint = 'keep must exceed refresh_end plus width plus two chunks';
    end if;
    return null;
end $$;

comment on function ops.check_lifecycle is
'Refuses settings by which events could be dropped before their candles are made.';
