-- StockPulse's own sessions are in UTC: what others begin with stands in reset_val.
select format('the time zone is %s: sessions show the times of candles in it, not in UTC', zone)
from pg_catalog.pg_settings
cross join lateral unnest(array[setting, reset_val]) as zone
where
    name = 'TimeZone'
    and zone not in ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Universal', 'Zulu', 'UCT')
limit 1
