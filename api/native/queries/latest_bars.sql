-- The newest bar of each symbol, {"bars":{"SYMBOL":{...}}}.
-- Columns: whether any symbol is known; the answer.
with newest as materialized (
    select *
    from market.bar_page(
        symbols => %(symbols)s::text [],
        timeframe => %(timeframe)s::text,
        source => %(source)s::text,
        max_bars => 1,
        newest_first => true,
        share => 'each',
        price => %(price)s::text,
        adjustment => %(adjustment)s::text,
        vendor => %(vendor)s::boolean
    )
)

select
    exists(select from market.instruments where symbol = any(%(symbols)s::text []))
    or exists(select from market.names where symbol = any(%(symbols)s::text [])) as known,
    (
        select
            '{"bars":{'
            || coalesce(
                string_agg(
                    to_json(newest.symbol)::text || ':' || case
                        when newest.mean_spread is null and newest.vendor is null
                            then row_to_json(bar)::text
                        else
                            left(row_to_json(bar)::text, -1)
                            || coalesce(',"sp":' || trim_scale(newest.mean_spread), '')
                            || coalesce(',"vendor":' || to_json(newest.vendor), '') || '}'
                    end,
                    ',' order by newest.symbol
                ),
                ''
            )
            || '}}'
        from newest
        cross join lateral (
            select
                to_char(newest.bucket at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as t,
                newest.open as o,
                newest.high as h,
                newest.low as l,
                newest.close as c,
                coalesce(newest.volume, 0) as v,
                newest.tick_count as n,
                trim_scale(newest.vwap) as vw
        ) as bar
    ) as answer
