-- Loses all ticks and instruments.
drop table market.ticks;
drop table market.instruments;
