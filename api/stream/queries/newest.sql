-- The newest change, with its mark; no row before the first.
select
    number,
    mark
from market.newest_change()
