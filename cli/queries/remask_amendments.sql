update ops.amendments
set
    new_moves = masks.moves,
    new_rules = %(version)s::integer
from unnest(%(keys)s::bigint [], %(moves)s::smallint []) as masks (id, moves)
where amendments.id = masks.id
