select
    (select count(*) from market.trades) as ticks,
    (select count(*) from ops.rejects) as rejects
