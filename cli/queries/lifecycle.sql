-- What is kept, since when, its size, when the oldest chunk is dropped, and the newest day that the
-- archive has.
select
    relation,
    keep,
    live,
    columnstore_after,
    since,
    chunks,
    bytes,
    dropped_at,
    archived_until
from (
    select
        lifecycle."position",
        lifecycle.relation,
        lifecycle.keep::text,
        lifecycle.live,
        case
            when current_setting('timescaledb.license') <> 'apache'
                then lifecycle.columnstore_after::text
        end as columnstore_after,
        chunks.since,
        coalesce(chunks.number, 0) as chunks,
        hypertable_size(ops.hypertable_of(lifecycle.relation)) as bytes,
        chunks.first_end + lifecycle.keep as dropped_at,
        (
            select max(archives.day)
            from ops.archives
            where archives.relation = lifecycle.relation and archives.verified_at is not null
        ) as archived_until
    from ops.lifecycle
    left join (
        select
            format('%I.%I', hypertable_schema, hypertable_name) as store,
            min(range_start) as since,
            min(range_end) as first_end,
            count(*) as number
        from timescaledb_information.chunks
        group by 1
    ) as chunks on ops.hypertable_of(lifecycle.relation)::text = chunks.store
    union all
    select
        null,
        'vendor_bars',
        null,
        false,
        null,
        null,
        0,
        pg_total_relation_size('market.vendor_bars'),
        null,
        null
) as relations
order by "position" nulls last
