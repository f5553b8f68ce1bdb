-- Loses all trades and quotes, instruments and rules.
drop view market.ticks;
drop table market.quotes;
drop table market.trades;
drop table market.sources;
drop table market.bar_rules;
drop table market.rule_sets;
drop function market.check_rule_set();
drop table market.corporate_actions;
drop table market.names;
drop function market.check_names();
drop table market.instruments;
