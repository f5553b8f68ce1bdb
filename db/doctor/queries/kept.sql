-- Rows and size of what the next run drops, as the planner estimates them.
select
    format(
        'market.%s keeps %s; the next run drops %s%s',
        lifecycle.relation,
        lifecycle.keep,
        case
            when expired.newest is null then 'nothing'
            else (
                select
                    format(
                        '%s chunks, those from %s to before %s UTC: %s%s',
                        count(*),
                        to_char(expired.oldest at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
                        to_char(expired.newest at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
                        'about ' || nullif(sum(counts.row_count), 0) || ' rows, ',
                        pg_size_pretty(sum(sizes.total_bytes))
                    )
                from timescaledb_information.chunks
                inner join chunks_detailed_size(ops.hypertable_of(lifecycle.relation)) as sizes
                    using (chunk_schema, chunk_name)
                cross join lateral (
                    select
                        approximate_row_count(
                            format('%I.%I', chunk_schema, chunk_name)::regclass
                        ) as row_count
                ) as counts
                where chunks.range_end <= expired.newest
            )
        end,
        case
            when expired.newest is not null and ops.awaits_archive()
                then ', of those the ones that the archive has'
        end
    )
from ops.lifecycle
cross join lateral ops.expired(lifecycle.relation, lifecycle.keep) as expired
where
    lifecycle.keep is not null
    and not lifecycle.live -- computed when they are read
order by lifecycle."position"
