-- Instruments as /exchangeInfo shows them, [{...}], all or those of `symbols`. Steps are as fine as
-- the instrument's prices; eight decimals where that is not known, and always for quantities.
select
    json_strip_nulls(
        coalesce(
            json_agg(
                json_build_object(
                    'symbol', listed.name,
                    'status', 'TRADING',
                    'baseAsset', listed.base,
                    'baseAssetPrecision', 8,
                    'quoteAsset', listed.quote,
                    'quotePrecision', listed.decimals,
                    'quoteAssetPrecision', listed.decimals,
                    'orderTypes', json_build_array(),
                    'isSpotTradingAllowed', false,
                    'isMarginTradingAllowed', false,
                    'filters', json_build_array(
                        json_build_object(
                            'filterType', 'PRICE_FILTER',
                            'minPrice', '0',
                            'maxPrice', '0',
                            'tickSize', listed.step
                        ),
                        json_build_object(
                            'filterType', 'LOT_SIZE',
                            'minQty', '0',
                            'maxQty', '0',
                            'stepSize', '0.00000001'
                        )
                    ),
                    'permissions', json_build_array('SPOT'),
                    'instrument', listed.symbol
                )
                order by listed.name
            ),
            '[]'
        )
    )::text
from (
    select
        named.*,
        coalesce(named.price_scale, 8) as decimals,
        round(10::numeric ^ -coalesce(named.price_scale, 8), coalesce(named.price_scale, 8))::text
        as step
    from market.short_names('BINANCE') as named
    where %(symbols)s::text [] is null
        or named.symbol = any(
            array(
                select market.instrument_of(symbol)
                from unnest(%(symbols)s::text []) as asked (symbol)
            )
        )
) as listed
