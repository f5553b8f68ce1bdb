select rule_set, codes, regular_hours from market.rule_sets
