-- Of one part of a reading: its role, and limits in milliseconds. Nothing waits for a reading.
select
    set_config('role', %(role)s, true),
    set_config('statement_timeout', '3000', true),
    set_config('lock_timeout', '500', true)
