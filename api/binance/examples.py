"""Example answers for the OpenAPI document, of one minute of one day."""

OPEN_TIME = 1772193900000
KLINES = [
    [OPEN_TIME, "189.72", "190.11", "189.52", "189.98", "87400", OPEN_TIME + 59_999,
     "16592016.00", 30, "0", "0", "0"],
]  # fmt: skip
AGG_TRADES = [
    {
        "a": 77001,
        "p": "64012.1",
        "q": "0.0031",
        "f": 77001,
        "l": 77001,
        "T": 1772193900123,
        "m": False,
        "M": True,
    }
]
TRADES = [
    {
        "id": 77001,
        "price": "64012.1",
        "qty": "0.0031",
        "quoteQty": "198.43751",
        "time": 1772193900123,
        "isBuyerMaker": False,
        "isBestMatch": True,
    }
]
SERVER_TIME = {"serverTime": 1772193931000}
NO_EXCHANGE_INFO = {
    "timezone": "UTC",
    "serverTime": 1772193931000,
    "rateLimits": [],
    "exchangeFilters": [],
    "symbols": [],
}
NO_OPTIONS_INFO = {
    "timezone": "UTC",
    "serverTime": 1772193931000,
    "rateLimits": [],
    "optionContracts": [],
    "optionAssets": [],
    "optionSymbols": [],
}
EXCHANGE_INFO = NO_EXCHANGE_INFO | {
    "symbols": [
        {
            "symbol": "BTCUSD",
            "status": "TRADING",
            "baseAsset": "BTC",
            "baseAssetPrecision": 8,
            "quoteAsset": "USD",
            "quotePrecision": 1,
            "quoteAssetPrecision": 1,
            "orderTypes": [],
            "isSpotTradingAllowed": False,
            "isMarginTradingAllowed": False,
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": "0",
                    "maxPrice": "0",
                    "tickSize": "0.1",
                },
                {
                    "filterType": "LOT_SIZE",
                    "minQty": "0",
                    "maxQty": "0",
                    "stepSize": "0.00000001",
                },
            ],
            "permissions": ["SPOT"],
            "instrument": "KRAKEN:BTC/USD",
        }
    ]
}
PRICE_TICKER = {"symbol": "BTCUSD", "price": "64012.1"}
BOOK_TICKER = {
    "symbol": "BTCUSD",
    "bidPrice": "64012.0",
    "bidQty": "1.5",
    "askPrice": "64012.1",
    "askQty": "0.2",
}
DAY_TICKER = {
    "symbol": "BTCUSD",
    "priceChange": "12.1",
    "priceChangePercent": "0.019",
    "weightedAvgPrice": "64010.50000000",
    "prevClosePrice": "64000.0",
    "lastPrice": "64012.1",
    "lastQty": "0.0031",
    "bidPrice": "64012.0",
    "bidQty": "1.5",
    "askPrice": "64012.1",
    "askQty": "0.2",
    "openPrice": "64000.0",
    "highPrice": "64020.0",
    "lowPrice": "63990.0",
    "volume": "12.5",
    "quoteVolume": "800131.25",
    "openTime": 1772107560000,
    "closeTime": 1772193931000,
    "firstId": 76001,
    "lastId": 77001,
    "count": 1001,
}
