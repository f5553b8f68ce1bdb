select
    format(
        'the index %s on %s was read %s times and is written with every row',
        indexrelid::regclass,
        indrelid::regclass,
        (
            select coalesce(sum(idx_scan), 0)
            from pg_catalog.pg_stat_all_indexes
            where indexrelname like '%' || extra.relname
        )
    )
from pg_catalog.pg_index
inner join pg_catalog.pg_class as extra on pg_index.indexrelid = extra.oid
where
    indrelid in ('market.trades'::regclass, 'market.quotes'::regclass)
    and extra.relname not in ('trades_identity', 'quotes_identity')
