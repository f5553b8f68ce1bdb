-- Whether candles are behind their events, and whether this login may refresh them.
select
    ops.candles_are_due() as due,
    pg_has_role('stockpulse_owner', 'set') as may_refresh
