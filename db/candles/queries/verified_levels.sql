select relation
from ops.verified_levels()
order by "position"
