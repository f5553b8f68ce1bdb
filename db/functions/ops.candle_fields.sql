-- Counts and flags as numbers, so that all compare alike.
create or replace function ops.candle_fields(
    relation text, row_name text, out names text [], out columns text, out numbers text
)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select
        array_agg(attname order by attnum),
        string_agg(format('%I.%I', $2, attname), ', ' order by attnum),
        string_agg(
            format(
                '%I.%I%s::numeric',
                $2, attname, case when atttypid = 'boolean'::regtype then '::integer' end
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
'The figures of a candle: their names, and as SQL the columns of a row and the same as numbers.';
