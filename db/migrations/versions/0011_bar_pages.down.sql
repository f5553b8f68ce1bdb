drop function market.bar_page;
drop function market.series_bars;
drop function market.built_bars;
drop view market.timeframes;
