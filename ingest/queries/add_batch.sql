insert into ops.load_batches (
    loader, offsets, tick_rows, duplicates, late, rejects, oldest_ts, newest_ts, seconds
)
values (
    %(loader)s, %(offsets)s::jsonb, %(rows)s, %(duplicates)s, %(late)s, %(rejects)s,
    %(oldest)s::timestamptz, %(newest)s::timestamptz, %(seconds)s
)
