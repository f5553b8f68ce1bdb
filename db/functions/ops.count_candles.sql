create or replace function ops.count_candles(
    relation text, since timestamptz, until timestamptz,
    only_symbol text default null, only_source text default null
) returns bigint
language plpgsql stable
set search_path = pg_catalog
as $$
declare
    found_candles bigint;
begin
    execute format($sql$
        select count(*)
        from %s
        where bucket >= $1 and bucket < $2
            and ($3 is null or symbol = $3) and ($4 is null or source = $4)
        $sql$, ops.relation_of(relation)
    ) into found_candles using since, until, only_symbol, only_source;
    return found_candles;
end $$;

comment on function ops.count_candles is
'How many candles of a relation begin within a range.';
