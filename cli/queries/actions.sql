select
    instrument,
    ex_at,
    kind,
    numerator,
    denominator
from market.corporate_actions
order by instrument, ex_at
