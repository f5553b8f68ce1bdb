select
    format(
        '%s corrections and cancels met no event of theirs, such as %s of %s %s at %s',
        count(*),
        (array_agg(coalesce(tick_id, amends[1]) order by id desc))[1],
        (array_agg(symbol order by id desc))[1],
        (array_agg(source order by id desc))[1],
        max(ts)
    )
from ops.amendments
where applied_at is null and came_at < now() - interval '1 minute'
having count(*) > 0
