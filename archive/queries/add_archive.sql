-- A run that finds a day as it was writes nothing, and its row is of the newer state then.
insert into ops.archives (
    relation, day, snapshot, change, "rows", checksum, bytes, archived_at
) values (
    %(relation)s, %(day)s, %(snapshot)s, %(change)s, %(rows)s, %(checksum)s, %(bytes)s, %(at)s
)
on conflict (relation, day, snapshot) do update
set change = excluded.change, archived_at = excluded.archived_at
