select source, id_scope, rule_set, negative_prices, wide_quote_ratio from market.sources
