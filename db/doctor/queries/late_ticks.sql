select format('%s late ticks have been waiting to be stored since %s', count(*), min(came_at))
from ops.late_ticks
where came_at < now() - interval '1 minute'
having count(*) > 0
