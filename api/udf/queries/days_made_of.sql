-- The relations of which daily bars are made.
select
    case
        when not own.has_sessions then array[own.prefix || 'candles_1d']
        when own.has_day_rules and own.prefix = '' then array['candles_1d', 'trades']
        else array[own.prefix || 'candles_1d', own.prefix || 'candles_30m']
    end as relations
from (select market.default_source(%(symbol)s::text) as source) as found
cross join lateral (
    select
        case market.default_price(%(symbol)s::text, source)
            when 'trade' then ''
            else 'quote_'
        end as prefix,
        market.has_day_rules(source) as has_day_rules,
        exists (
            select
            from market.sessions
            where sessions.calendar = market.own_calendar(%(symbol)s::text, source)
                and sessions.calendar <> '24/7'
        ) as has_sessions
) as own
