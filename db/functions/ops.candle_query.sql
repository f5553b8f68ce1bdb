-- No row for a bucket whose events move nothing. Community's aggregates are these queries, and what
-- the Apache-2 edition stores or computes when it is read.
create or replace function ops.candle_query(relation text, rows_of text) returns text
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select format(
        'select time_bucket(%L::interval, %I) as bucket, symbol, source, %s'
        ' from %s group by 1, 2, 3 %s',
        width,
        case when child = kind then 'ts' else 'bucket' end,
        ops.candle_columns(kind, child = kind),
        $2,
        case
            when child <> kind then ''
            when kind = 'trades' then 'having bool_or(moves & 15 <> 0)'
            else 'having bool_or(moves <> 0)'
        end
    )
    from ops.lifecycle
    where lifecycle.relation = $1
$$;

comment on function ops.candle_query is
'The query that makes the candles of a relation from rows of the relation below it.';
