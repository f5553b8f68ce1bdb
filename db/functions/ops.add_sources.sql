-- A source that the loader adds has the defaults, by which the loader made its masks: no change.
create or replace function ops.add_sources() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (
        select from added
        where (id_scope, rule_set, negative_prices, wide_quote_ratio)
            is distinct from ('none', 'all', true, 10)
    ) then
        lock table ops.kafka_offsets in share row exclusive mode;
        update ops.rules_version set version = version + 1;
    end if;
    return null;
end $$;

comment on function ops.add_sources is
'Counts new sources that differ from the defaults as a change of the rules.';

revoke execute on function ops.add_sources from public;
