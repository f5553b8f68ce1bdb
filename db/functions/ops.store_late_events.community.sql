-- An event that is refused is found by halving, as the loader finds it.
create or replace function ops.store_late_events(ids bigint []) returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    middle integer := cardinality(ids) / 2;
    event_kind text;
begin
    perform ops.make_staging();
    perform ops.log_bar_changes(
        array_agg(late.ts), array_agg(late.ts + interval '1 microsecond')
    )
    from ops.late_events as late
    where late.id = any(ids) and late.kind = 'trade';
    foreach event_kind in array '{trade, quote}'::text [] loop
        execute format(
            $sql$
            with moved as (
                delete from ops.late_events as late
                where late.id = any($1) and late.kind = $2
                returning *
            )
            insert into %1$I (%2$s, message)
            select %2$s, row_number() over (order by id) from moved
            $sql$,
            'staging_' || event_kind || 's', ops.event_columns(event_kind)
        ) using ids, event_kind;
        perform ops.store_staged(event_kind, false, true);
    end loop;
    return 0;
exception
    when data_exception or integrity_constraint_violation or raise_exception
        or program_limit_exceeded
    then
        if middle > 0 then
            return ops.store_late_events(ids[:middle]) + ops.store_late_events(ids[middle + 1:]);
        end if;
        return ops.reject_late_events(
            ids, 'refused by the database', array[regexp_replace(sqlerrm, E'\\s+', ' ', 'g')]
        );
end $$;

comment on function ops.store_late_events is
'Moves waiting events to their relations, those refused to ops.rejects; returns how many of these.';

revoke execute on function ops.store_late_events from public;
grant execute on function ops.store_late_events to stockpulse_loader;
