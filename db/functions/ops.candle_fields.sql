-- Counts and flags as numbers, so that all compare alike.
create or replace function ops.candle_fields(relation text) returns text
language sql stable
set search_path = pg_catalog
as $$
    select string_agg(
        format(
            '(%1$L, stored.%1$I%2$s::numeric, expected.%1$I%2$s::numeric)',
            attname,
            case when atttypid = 'boolean'::regtype then '::integer' end
        ),
        ', ' order by attnum
    )
    from pg_attribute
    where attrelid = ops.relation_of($1)
        and attnum > 0
        and not attisdropped
        and attname not in ('bucket', 'symbol', 'source')
$$;

comment on function ops.candle_fields is
'Each figure of a candle as SQL: its name, the stored and the expected value.';
