-- What is to be asked for, that first which was asked longest ago; a month that was asked a day
-- after its end or later is settled.
select
    wanted.ticker,
    wanted.part
from (
    select distinct
        tickers.ticker,
        parts.part
    from unnest(%(tickers)s::text []) as tickers (ticker)
    cross join unnest(%(parts)s::text []) as parts (part)
) as wanted
left join ops.bar_requests as asked
    on
        asked.source = %(source)s
        and asked."interval" = %(interval)s
        and wanted.ticker = asked.ticker
        and wanted.part = asked.part
where
    asked.asked_at is null
    or wanted.part = ''
    or %(recheck)s
    or asked.asked_at < case
        when wanted.part <> ''
            then (to_date(wanted.part, 'YYYY-MM') + interval '1 month 1 day') at time zone 'UTC'
    end
order by asked.asked_at nulls first, wanted.part desc, wanted.ticker
