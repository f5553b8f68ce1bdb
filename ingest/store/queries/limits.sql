-- By which a batch is checked: the version of the rules, and how old its events may be.
select
    rules_version.version,
    trades.since as trades_since,
    trades.sentence as trades_sentence,
    trades.held as trades_held,
    quotes.since as quotes_since,
    quotes.sentence as quotes_sentence,
    quotes.held as quotes_held
from ops.rules_version
left join ops.age_limits as trades on trades.relation = 'trades'
left join ops.age_limits as quotes on quotes.relation = 'quotes'
