select
    format('%s corrections and cancels wait for their originals since %s', count(*), min(came_at))
from ops.amendments
where applied_at is null and came_at < now() - interval '1 day'
having count(*) > 0
