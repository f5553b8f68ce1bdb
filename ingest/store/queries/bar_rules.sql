select rule_set, kind, tape, code, session, open_close, high_low, volume, priority
from market.bar_rules
