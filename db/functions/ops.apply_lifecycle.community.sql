-- Replaces the policies that differ from ops.lifecycle; the rest keep their schedule.
create or replace procedure ops.apply_lifecycle()
language plpgsql
set search_path = pg_catalog, public, pg_temp
as $$
declare
    target record;
begin
    lock table ops.lifecycle in share row exclusive mode; -- one at a time
    for target in
        select
            lifecycle.*,
            named.store,
            named.hypertable,
            (columnstore.config ->> 'compress_after')::interval as now_columnstore_after
        from ops.lifecycle
        cross join lateral (
            select
                ops.store_of(lifecycle.relation) as store,
                ops.hypertable_of(lifecycle.relation) as hypertable
        ) as named
        left join ops.jobs_of('policy_compression') as columnstore
            on columnstore.relation in (named.store::text, named.hypertable::text)
        order by "position"
    loop
        perform set_chunk_time_interval(target.hypertable, target.chunk);
        if target.columnstore_after is distinct from target.now_columnstore_after then
            call remove_columnstore_policy(target.store, if_exists => true);
            if target.columnstore_after is not null then
                call add_columnstore_policy(target.store, after => target.columnstore_after);
            end if;
        end if;
    end loop;
    if not exists (select from ops.jobs_of('apply_retention')) then
        perform add_job(
            'ops.apply_retention', interval '1 day',
            initial_start => date_trunc('day', now()) + interval '1 day 3 hours'
        );
    end if;
end $$;

comment on procedure ops.apply_lifecycle is
'Puts ops.lifecycle into force.';
