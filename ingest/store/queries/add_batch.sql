-- And logs what it changed for people who read; the commit gives that its number.
with added as (
    insert into ops.load_batches (
        id, loader, offsets, messages, stored, duplicates, amended, rejected, ignored,
        trades, quotes, bars, late, ignored_reasons, oldest_ts, newest_ts, seconds
    )
    values (
        %(id)s, %(loader)s, %(offsets)s::jsonb, %(messages)s, %(stored)s, %(duplicates)s,
        %(amended)s, %(rejected)s, %(ignored)s, %(trades)s, %(quotes)s, %(bars)s,
        %(late)s, %(ignored_reasons)s::jsonb, %(oldest)s::timestamptz,
        %(newest)s::timestamptz, %(seconds)s
    )
)

select ops.log_ranges(%(ranges)s::json)
