-- Settled hours are asked for again; without their checksum they are replaced in any case.
update ops.download_hours
set
    next_try_at = hour,
    sha256 = case when %(replace)s then null else sha256 end
where
    source = %(source)s and symbol = any(%(symbols)s::text [])
    and hour >= %(since)s and hour < %(until)s
    and (next_try_at is null or %(replace)s)
    and (
        verified_at is null or verified_at < %(unverified_since)s::timestamptz
        or %(unverified_since)s::timestamptz is null
    )
