select format('the time zone is %s: a session shows candles in local time', setting)
from pg_catalog.pg_settings
where
    name = 'TimeZone'
    and setting not in ('UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Universal', 'Zulu', 'UCT')
