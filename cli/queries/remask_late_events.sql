update ops.late_events
set
    moves = masks.moves,
    rules = %(version)s::integer
from unnest(%(keys)s::bigint [], %(moves)s::smallint []) as masks (id, moves)
where late_events.id = masks.id
