-- The series of a page of bars, in its order, from the position on: the symbol asked for, source
-- and price, and the time of the candles that make the bars of the window.
-- is_plain: each bar is made of candles of one symbol, as they are stored.
select
    coalesce(
        json_agg(
            json_build_object(
                'asked', asked.symbol,
                'source', series.source,
                'price', prices.price,
                'is_plain', not exists (
                    select
                    from market.names
                    where names.symbol = asked.symbol or names.instrument = asked.symbol
                )
                and not (
                    %(adjustment)s::text <> 'raw'
                    and exists (
                        select
                        from market.corporate_actions as actions
                        where actions.instrument = asked.symbol
                    )
                ),
                'since', case when isfinite(span.since) then span.since end,
                'until', case when isfinite(span.until) then span.until end
            )
            order by asked.symbol
        ),
        '[]'
    )::text as series
from (
    select symbol from market.instruments where symbol = any(%(symbols)s::text [])
    union
    select symbol from market.names where symbol = any(%(symbols)s::text [])
) as asked
cross join lateral (
    select
        coalesce(
            lower(%(source)s::text),
            case when asked.symbol = %(after_symbol)s::text then %(after_source)s::text end,
            market.default_source(asked.symbol)
        ) as source
    limit 1
) as series
cross join lateral (
    select
        coalesce(%(price)s::text, market.default_price(asked.symbol, series.source)) as price
    limit 1
) as prices
cross join market.timeframe_of(%(timeframe)s::text) as frame
cross join lateral (
    select
        case
            when asked.symbol = %(after_symbol)s::text and not %(newest_first)s::boolean
                then %(after_bucket)s::timestamptz + interval '1 microsecond'
            else %(start)s::timestamptz
        end as since,
        case
            when asked.symbol = %(after_symbol)s::text and %(newest_first)s::boolean
                then %(after_bucket)s::timestamptz
            else %(end)s::timestamptz
        end as until
) as edges
cross join lateral (
    select
        market.first_bucket(edges.since, frame.width, frame.months) as since,
        market.first_bucket(edges.until, frame.width, frame.months) as until
) as span
where (%(after_symbol)s::text is null or asked.symbol >= %(after_symbol)s::text)
    and series.source is not null
