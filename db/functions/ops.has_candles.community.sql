create or replace function ops.has_candles(
    relation text, since timestamptz, until timestamptz
) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    found_any boolean;
begin
    execute format(
        'select exists (select from %s where bucket >= $1 and bucket < $2)', ops.store_of(relation)
    ) into found_any using since, until;
    return found_any;
end $$;

comment on function ops.has_candles is
'Whether candles of a relation are stored within a range.';
