select format('the time zone is %s: sessions show the times of candles in it, not in UTC', setting)
from pg_catalog.pg_settings
where
    name = 'TimeZone'
    and setting not in ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Universal', 'Zulu', 'UCT')
