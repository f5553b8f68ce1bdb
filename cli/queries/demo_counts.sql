select
    (select count(*) from market.ticks) as ticks,
    (select count(*) from ops.rejects) as rejects
