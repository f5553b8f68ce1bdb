-- Nothing but a replay or a purge removes them.
select
    format(
        '%s rejected messages have piled up since %s: %s',
        count(*),
        to_char(min(rejected_at) at time zone 'UTC', 'YYYY-MM-DD'),
        pg_size_pretty(pg_total_relation_size('ops.rejects'))
    )
from ops.rejects
having count(*) >= 100000 or (count(*) > 0 and pg_total_relation_size('ops.rejects') >= 1024 ^ 3)
