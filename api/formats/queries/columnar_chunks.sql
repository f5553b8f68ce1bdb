-- The columnar chunks of relations in a window: of each the number of its file and the flags of its
-- state. The catalog names chunks in one column or in two, by its version.
with columnar as materialized (
    select to_regclass(format('%%I.%%I', chunk_schema, chunk_name)) as chunk
    from timescaledb_information.chunks
    where
        is_compressed
        and range_start < %(end)s::timestamptz
        and range_end > %(start)s::timestamptz
        and hypertable_name in (
            select unnest(%(relations)s::text [])
            union all
            select materialization_hypertable_name
            from timescaledb_information.continuous_aggregates
            where view_name = any(%(relations)s::text [])
        )
),

states as (
    select
        to_regclass(
            coalesce(
                entry ->> 'relid',
                format('%%I.%%I', entry ->> 'schema_name', entry ->> 'table_name')
            )
        ) as chunk,
        (entry ->> 'status')::integer as flags
    from (
        select to_jsonb(chunk) as entry
        from _timescaledb_catalog.chunk
    ) as entries
    where exists (select from columnar)
)

select
    coalesce(
        json_object_agg(chunk::oid, json_build_array(pg_relation_filenode(chunk), states.flags)),
        '{}'
    )::text as chunks
from columnar
inner join states using (chunk)
