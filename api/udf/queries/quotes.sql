-- The newest price, quote and daily bar of each symbol as UDF's adapter reads them, in the order
-- asked; `asked` has the names that the client used.
with wanted as materialized (
    select *
    from unnest(%(asked)s::text [], %(symbols)s::text []) with ordinality
        as wanted (asked, symbol, place)
),

days as materialized (
    select
        page.*,
        row_number() over (partition by page.symbol order by page.bucket desc) as place
    from market.bar_page(
        %(symbols)s::text [], '1d', max_bars => 2, newest_first => true, share => 'each'
    ) as page
),

newest as materialized (
    select *
    from market.quote_page(
        %(symbols)s::text [], max_events => 1, newest_first => true, share => 'each'
    )
)

select
    '{"s":"ok","d":' || json_strip_nulls(coalesce(
        json_agg(
            case
                when wanted.symbol is null or today.symbol is null and newest.symbol is null
                    then
                        json_build_object('s', 'error', 'n', wanted.asked, 'v', json_build_object())
                else json_build_object('s', 'ok', 'n', wanted.asked, 'v', value.figures)
            end
            order by wanted.place
        ),
        '[]'
    ))::text || '}'
from wanted
left join days as today on wanted.symbol = today.symbol and today.place = 1
left join days as before on wanted.symbol = before.symbol and before.place = 2
left join newest on wanted.symbol = newest.symbol
cross join lateral (
    select
            json_build_object(
                'lp', coalesce(today.close, (newest.bid + newest.ask) * 0.5),
                'ch', today.close - coalesce(before.close, today.open),
                'chp', round(
                    (today.close - coalesce(before.close, today.open)) * 100
                    / nullif(coalesce(before.close, today.open), 0),
                    4
                ),
                'bid', newest.bid,
                'ask', newest.ask,
                'spread', newest.ask - newest.bid,
                'open_price', today.open,
                'high_price', today.high,
                'low_price', today.low,
                'prev_close_price', before.close,
                'volume', coalesce(today.volume, 0),
                'short_name', case
                    when position(':' in wanted.symbol) > 1
                        then substr(wanted.symbol, position(':' in wanted.symbol) + 1)
                    else wanted.symbol
                end,
                'exchange', case
                    when position(':' in wanted.symbol) > 1 then split_part(wanted.symbol, ':', 1)
                    else ''
                end,
                'original_name', wanted.symbol,
                'description', wanted.symbol
            ) as figures
) as value -- noqa: RF04
