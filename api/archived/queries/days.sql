-- The days of relations of trades, quotes or candles, null of all, that the archive has and the
-- database has not, or may lose at any time; and the files that describe the archive's tables.
select
    (
        select
            coalesce(
                json_agg(
                    json_build_object(
                        'relation', found.name,
                        'day', found.day,
                        'snapshot', found.snapshot,
                        'is_stored', found.is_stored
                    )
                    order by found.name, found.day
                ),
                '[]'
            )
        from unnest(%(relations)s::text []) as asked (relation)
        cross join lateral market.archived_days(
            asked.relation, %(start)s::timestamptz, %(end)s::timestamptz
        ) as found
    )::text as days,
    (
        select coalesce(json_object_agg(table_name, metadata_location), '{}')
        from iceberg.iceberg_tables
        where catalog_name = 'stockpulse' and table_namespace = 'market'
    )::text as locations
