-- An archive that is on and behind or away, and days that came back from it long ago.
select
    format(
        '%s days of %s ended more than two days ago and are not in the archive, the oldest is %s',
        days, relation, oldest
    )
from ops.unarchived_days(interval '2 days')
where ops.awaits_archive()
union all
select
    format(
        'retention has waited for the archive with days of %s since %s: not archived, or changed'
        || ' since',
        relation,
        to_char(lower(kept - held) at time zone 'UTC', 'YYYY-MM-DD')
    )
from ops.retention_floors
inner join ops.lifecycle using (relation)
where ops.awaits_archive() and lower(kept - held) < now() - keep - interval '3 days'
union all
select
    format(
        'the archive was last seen on %s UTC: nothing that waits for it is dropped',
        to_char(seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
    )
from ops.archive_state
where ops.awaits_archive() and not ops.sees_archive()
union all
select
    format(
        'the archiver failed on %s UTC: %s',
        to_char(failed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
        failure
    )
from ops.archive_state
where failed_at is not null
union all
select
    format(
        '%s days of %s came back from the archive more than 30 days ago, the first is %s',
        count(*), relation, min(day)
    )
from ops.restored_days
where restored_at < now() - interval '30 days'
group by relation
