-- Hours that wait for longer than they ever would were asked for by a clock that was ahead: they
-- may not even have ended.
update ops.download_hours
set
    state = 'planned',
    tries = 0,
    empties = 0,
    next_try_at = %(now)s
where
    source = %(source)s and symbol = any(%(symbols)s::text [])
    and next_try_at > %(now)s + case state
        when 'not_yet' then %(not_yet_after)s::interval
        when 'retry' then %(longest_retry)s::interval
        when 'empty_suspect' then (%(suspect_after)s::interval [])[empties]
    end
