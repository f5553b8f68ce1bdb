select
    format(
        'archive_command fails since %s, at %s: %s',
        to_char(
            coalesce(last_archived_time, stats_reset) at time zone 'UTC',
            'YYYY-MM-DD HH24:MI:SS "UTC"'
        ),
        last_failed_wal,
        'no backup can be brought up to a later time, and the WAL fills the disk'
    )
from pg_catalog.pg_stat_archiver
where
    current_setting('archive_mode') <> 'off'
    and last_failed_time > coalesce(last_archived_time, '-infinity')
