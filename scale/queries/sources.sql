select source, id_scope, rule_set from market.sources
