-- The ids that it amends before its own, its exact time before the nearest. The spans grow, as a
-- symbol may have millions of events in days.
create or replace function ops.find_amended(
    amendment ops.amendments, out ts timestamptz, out tick_id text
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    ids text [];
    span interval;
begin
    for ids in
        select ops.ids_of(amendment, amendment.amends) where amendment.amends <> '{}'
        union all
        select ops.ids_of(amendment, array[amendment.tick_id]) where amendment.tick_id is not null
    loop
        foreach span in array '{0, 1 minute, 1 hour, 1 day, 7 days}'::interval [] loop
            select candidate.ts, candidate.tick_id into ts, tick_id
            from ops.identities(
                amendment.kind, amendment.symbol, amendment.source, ids,
                amendment.ts - span, amendment.ts + least(span, interval '1 day')
            ) as candidate
            order by
                greatest(candidate.ts, amendment.ts) - least(candidate.ts, amendment.ts),
                candidate.ts,
                candidate.tick_id
            limit 1;
            if found then
                return;
            end if;
        end loop;
    end loop;
end $$;

comment on function ops.find_amended is
'The identity of the event that an amendment means: within 7 days before it and a day after.';
