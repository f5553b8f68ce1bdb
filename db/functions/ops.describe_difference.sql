create or replace function ops.describe_difference(found ops.candle_difference) returns text
language sql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
    select format(
        '%s %s %s %s: %s %s is %s, expected %s',
        found.relation, found.bucket, found.symbol, found.source, found.kind, found.field,
        coalesce(found.stored::text, 'null'), coalesce(found.expected::text, 'null')
    )
$$;

comment on function ops.describe_difference is
'A difference in one line.';
