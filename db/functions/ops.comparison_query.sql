create or replace function ops.comparison_query(
    relation text, width interval, first_bucket timestamptz, until timestamptz
) returns text
language sql stable
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
    select format(
        $sql$
        select
            %1$L as relation, bucket, symbol, source, %2$L::text [] as fields,
            case when stored.bucket is not null then array[%3$s] end as stored,
            case when expected.bucket is not null then array[%4$s] end as expected,
            coalesce(
                tstzrange(bucket, bucket + %5$L) && (select ops.pending_candles(%1$L)), false
            ) as pending,
            case
                when stored.bucket is null then 'missing'
                when expected.bucket is null then 'extra'
                else 'different'
            end as fault
        from (
            select * from %6$I where bucket >= %7$L and bucket < %8$L
        ) as expected
        full join (
            select * from market.%1$I
            where bucket >= %7$L and bucket < %8$L
                and ($1 is null or symbol = $1) and ($2 is null or source = $2)
        ) as stored using (bucket, symbol, source)
        where (%9$s) is distinct from (%10$s)
        $sql$,
        $1, of_stored.names, of_stored.numbers, of_expected.numbers,
        width, 'expected_' || $1, first_bucket, until, of_stored.columns, of_expected.columns
    )
    from ops.candle_fields($1, 'stored') as of_stored
    cross join ops.candle_fields($1, 'expected') as of_expected
$$;

comment on function ops.comparison_query is
'The query of the candles of a relation that are not as expected, of symbol $1 and source $2.';
