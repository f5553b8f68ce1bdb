insert into ops.load_batches (
    loader, offsets, tick_rows, duplicates, late, corrections, rejects, oldest_ts, newest_ts,
    seconds
)
values (
    %(loader)s, %(offsets)s::jsonb, %(rows)s, %(duplicates)s, %(late)s, %(corrections)s,
    %(rejects)s,
    %(oldest)s::timestamptz, %(newest)s::timestamptz, %(seconds)s
)
