-- Figures of the last 24 hours, [{...}], made of bars that start in the 1,440 minutes up to this
-- one; for all symbols together of bars of `timeframe`.
-- Columns: the answer; whether all symbols are meant, and more than `most` are stored.
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object(
                    'symbol', wanted.name,
                    'priceChange', (figures.last_price - figures.first_price)::text,
                    'priceChangePercent', coalesce(
                        round(
                            (figures.last_price - figures.first_price) * 100
                            / nullif(figures.first_price, 0),
                            3
                        ),
                        0
                    )::text,
                    'weightedAvgPrice', coalesce(
                        round(bars.notional / nullif(bars.vwap_volume, 0), 8), figures.last_price
                    )::text,
                    'prevClosePrice', coalesce(before.close, figures.first_price)::text,
                    'lastPrice', figures.last_price::text,
                    'lastQty', coalesce(trade.size, 0)::text,
                    'bidPrice', coalesce(quote.bid, 0)::text,
                    'bidQty', coalesce(quote.bid_size, 0)::text,
                    'askPrice', coalesce(quote.ask, 0)::text,
                    'askQty', coalesce(quote.ask_size, 0)::text,
                    'openPrice', figures.first_price::text,
                    'highPrice', coalesce(bars.high, figures.last_price)::text,
                    'lowPrice', coalesce(bars.low, figures.last_price)::text,
                    'volume', coalesce(bars.volume, 0)::text,
                    'quoteVolume', coalesce(bars.notional, 0)::text,
                    'openTime', (extract(epoch from span.since) * %(per_second)s)::bigint,
                    'closeTime', floor(extract(epoch from now()) * %(per_second)s)::bigint,
                    'firstId', coalesce(market.number_in(first_trade.tick_id), -1),
                    'lastId', coalesce(
                        market.number_in(case when bars.tick_count > 0 then trade.tick_id end), -1
                    ),
                    'count', coalesce(bars.tick_count, 0)
                )
                order by wanted.place, wanted.name
            ),
            '[]'
        )
    )::text as answer,
    %(symbols)s::text [] is null
    and (select count(*) from market.instruments) > %(most)s::integer as is_too_much
from (
    select
        asked.name,
        asked.symbol,
        asked.place
    from unnest(%(names)s::text [], %(symbols)s::text []) with ordinality
        as asked (name, symbol, place)
    union all
    select
        named.name,
        named.symbol,
        0
    from market.short_names('BINANCE') as named
    where %(symbols)s::text [] is null
        and (select count(*) from market.instruments) <= %(most)s::integer
) as wanted
cross join (
    select date_trunc('minute', now()) - interval '1439 minutes' as since
) as span
cross join lateral (
    select
        (array_agg(page.open order by page.bucket))[1] as open,
        (array_agg(page.close order by page.bucket desc))[1] as close,
        max(page.high) as high,
        min(page.low) as low,
        sum(page.volume) as volume,
        sum(page.notional) as notional,
        sum(page.vwap_volume) as vwap_volume,
        sum(page.tick_count) as tick_count
    from market.bar_page(
        array[wanted.symbol], %(timeframe)s::text, span.since, max_bars => 1500
    ) as page
) as bars
left join lateral market.bar_page(
    array[wanted.symbol], '1m', until => span.since, max_bars => 1, newest_first => true
) as before on true
left join lateral market.trade_page(
    array[wanted.symbol], max_events => 1, newest_first => true
) as trade on true
left join lateral market.trade_page(
    array[wanted.symbol], span.since, max_events => 1
) as first_trade on bars.tick_count > 0
left join lateral market.quote_page(
    array[wanted.symbol], max_events => 1, newest_first => true
) as quote on true
cross join lateral (
    select
        coalesce(bars.close, before.close) as last_price,
        coalesce(bars.open, before.close) as first_price
) as figures
where figures.last_price is not null
