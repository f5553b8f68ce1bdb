-- Of one part of a reading: in milliseconds. Nothing waits for a reading.
select
    set_config('statement_timeout', '3000', false),
    set_config('lock_timeout', '500', false)
