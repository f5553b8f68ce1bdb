-- What a later change has done is in the log under its own number. So an event that is gone is left
-- out, but the identity that it had before a change must go with it.
create or replace function ops.events_of_change(
    number bigint, change bigint, kind text, symbols text []
) returns setof market.event_change
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    range record;
    span record;
begin
    for range in
        select changed.symbols, changed.since, changed.until, changed.batch
        from ops.changed_ranges as changed
        where changed.change = $2 and changed.kind = $3 and changed.batch is not null
            and ($4 is null or changed.symbols && $4)
    loop
        return query execute ops.batch_query($3, range.since, range.until)
        using $1, range.batch, array(
            select unnest(range.symbols) intersect select unnest(coalesce($4, range.symbols))
        );
    end loop;
    select min(event.ts) as since, max(event.ts) as until into span
    from ops.changed_events as event
    where event.change = $2 and event.kind = $3 and ($4 is null or event.symbol = any($4));
    if span.since is not null then
        return query execute ops.entry_query($3, span.since, span.until) using $1, $2, $4;
    end if;
end $$;

comment on function ops.events_of_change is
'The rows of market.changed_events() for one change.';

revoke execute on function ops.events_of_change from public;
