create or replace function ops.expected_query(
    kind text, of_events boolean, rows_of text, width interval, since timestamptz, until timestamptz
) returns text
language sql stable strict
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$
    select format(
        $sql$(
            with rows_below as (
                select date_bin(%1$L, %2$I, '2000-01-01 00:00+00') as parent_bucket, *
                from %3$s
                where %2$I >= %4$L and %2$I < %5$L
                    and ($1 is null or symbol = $1) and ($2 is null or source = $2)
            )
            %6$s
        )$sql$,
        width, case when of_events then 'ts' else 'bucket' end, rows_of, since, until,
        ops.expected_candles(kind, of_events)
    )
$$;

comment on function ops.expected_query is
'The query that makes candles again, from events or other candles of symbol $1 and source $2.';
