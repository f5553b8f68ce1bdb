select max(slot)
from ops.update_runs
where
    history = %(history)s and scope = %(scope)s and kind = %(kind)s
    and state = 'done' and slot <= %(now)s
