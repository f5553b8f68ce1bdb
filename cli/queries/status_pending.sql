-- How much of the stored candles is behind its events, by relation.
select
    case kind when 'trades' then 'candles_' else 'quote_candles_' end || timeframe as relation,
    count(*) as ranges,
    min(since) as since,
    max(until) as until
from market.pending()
group by 1
order by min(until - since), 1
