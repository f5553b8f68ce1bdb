select
    format(
        'the index %s on market.ticks has been scanned %s times and is updated for every tick',
        indexrelid::regclass,
        (
            select coalesce(sum(idx_scan), 0)
            from pg_catalog.pg_stat_all_indexes
            where indexrelname like '%' || extra.relname
        )
    )
from pg_catalog.pg_index
inner join pg_catalog.pg_class as extra on pg_index.indexrelid = extra.oid
where indrelid = 'market.ticks'::regclass and extra.relname <> 'ticks_identity'
