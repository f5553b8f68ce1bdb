create or replace function ops.log_instrument() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    named text [];
begin
    select array_agg(distinct fact.value) into named
    from unnest(array[to_jsonb(old), to_jsonb(new)]) as version (facts)
    cross join jsonb_each_text(version.facts) as fact
    where fact.key in ('symbol', 'instrument');
    insert into ops.changed_ranges (change, kind, symbols, since, until)
    select
        ops.change_id(), 'bar',
        named || array(
            select distinct symbol from market.names
            where instrument = any(named) and symbol <> all(named)
        ),
        '2000-01-01 00:00+00', clock_timestamp() + interval '1 minute';
    return null;
end $$;

comment on function ops.log_instrument is
'Logs that all bars of an instrument may be others: by a split, another name, source or calendar.';

revoke execute on function ops.log_instrument from public;
