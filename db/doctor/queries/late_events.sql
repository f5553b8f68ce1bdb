select format('%s late events have waited to be stored since %s', count(*), min(came_at))
from ops.late_events
where came_at < now() - interval '1 minute'
having count(*) > 0
