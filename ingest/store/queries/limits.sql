-- By which a batch is checked: the times below which relations were dropped, and the rules.
select
    rules_version.version,
    trades.floor_ts as trades_floor,
    quotes.floor_ts as quotes_floor
from ops.rules_version
left join ops.retention_floors as trades
    on trades.relation = 'trades' and isfinite(trades.floor_ts)
left join ops.retention_floors as quotes
    on quotes.relation = 'quotes' and isfinite(quotes.floor_ts)
