-- Before the first message. Without a checksum the next download replaces the hour: this one may
-- end in the middle of it.
update ops.download_hours
set
    "rows" = %(rows)s,
    sha256 = null
where source = %(source)s and symbol = %(symbol)s and hour = %(hour)s
