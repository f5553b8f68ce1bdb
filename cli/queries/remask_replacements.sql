update ops.replacements
set
    moves = masks.moves,
    rules = %(version)s::integer
from unnest(%(keys)s::tid [], %(moves)s::smallint []) as masks (row_id, moves)
where replacements.ctid = masks.row_id
