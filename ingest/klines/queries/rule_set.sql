select rule_set from market.sources where source = %(source)s
