"""Example answers for the OpenAPI document, of one minute of one day."""

RESOLUTIONS = ["1S", "1", "3", "5", "15", "30", "60", "120", "240", "720", "1D", "1W", "1M"]
CONFIG = {
    "supported_resolutions": RESOLUTIONS,
    "exchanges": [
        {"name": "All venues", "value": "", "desc": ""},
        {"name": "KRAKEN", "value": "KRAKEN", "desc": ""},
    ],
    "symbols_types": [
        {"name": "All types", "value": ""},
        {"name": "crypto", "value": "crypto"},
    ],
    "supports_search": True,
    "supports_group_request": False,
    "supports_marks": True,
    "supports_timescale_marks": True,
    "supports_time": True,
}
SYMBOL = {
    "ticker": "KRAKEN:BTC/USD",
    "name": "BTC/USD",
    "full_name": "KRAKEN:BTC/USD",
    "description": "BTC / USD",
    "type": "crypto",
    "exchange": "KRAKEN",
    "listed_exchange": "KRAKEN",
    "session": "24x7",
    "timezone": "Etc/UTC",
    "minmov": 1,
    "pricescale": 10,
    "has_intraday": True,
    "has_seconds": True,
    "seconds_multipliers": ["1"],
    "intraday_multipliers": ["1", "3", "5", "15", "30", "60", "120", "240", "720"],
    "has_daily": True,
    "has_weekly_and_monthly": True,
    "supported_resolutions": RESOLUTIONS,
    "visible_plots_set": "ohlcv",
    "volume_precision": 8,
    "format": "price",
    "data_status": "streaming",
}
COLUMNS = {
    "symbol": ["KRAKEN:BTC/USD"],
    "ticker": ["KRAKEN:BTC/USD"],
    "description": ["BTC / USD"],
    "exchange-listed": ["KRAKEN"],
    "exchange-traded": ["KRAKEN"],
    "type": ["crypto"],
    "session-regular": ["24x7"],
    "timezone": ["Etc/UTC"],
    "minmovement": 1,
    "pricescale": [10],
    "has-intraday": True,
    "has-daily": True,
    "has-weekly-and-monthly": [True],
    "intraday-multipliers": [["1", "3", "5", "15", "30", "60", "120", "240", "720"]],
    "supported-resolutions": RESOLUTIONS,
    "volume-precision": 8,
}
FOUND = [
    {
        "symbol": "BTC/USD",
        "full_name": "KRAKEN:BTC/USD",
        "ticker": "KRAKEN:BTC/USD",
        "description": "BTC / USD",
        "exchange": "KRAKEN",
        "type": "crypto",
    }
]
BARS = {
    "s": "ok",
    "t": [1772193900],
    "o": [189.72],
    "h": [190.11],
    "l": [189.52],
    "c": [189.98],
    "v": [87400],
}
QUOTES = {
    "s": "ok",
    "d": [
        {
            "s": "ok",
            "n": "AAPL",
            "v": {
                "lp": 189.98,
                "ch": 0.48,
                "chp": 0.2533,
                "open_price": 189.50,
                "high_price": 190.11,
                "low_price": 189.50,
                "volume": 87400,
                "short_name": "AAPL",
                "exchange": "",
                "original_name": "AAPL",
                "description": "AAPL",
            },
        }
    ],
}
MARKS = [
    {
        "id": "gap 1772193900",
        "time": 1772193900,
        "color": "red",
        "text": "no feed from 2026-02-27 12:05:00 to 2026-02-27 12:09:31 UTC",
        "label": "G",
        "labelFontColor": "white",
        "minSize": 14,
    }
]
TIMESCALE_MARKS = [
    {
        "id": "split 1598880600",
        "time": 1598880600,
        "color": "blue",
        "label": "S",
        "tooltip": ["Split 4 for 1"],
    }
]
TABLE = [
    {
        "time": "2026-02-27T12:05:00Z",
        "open": 189.72,
        "high": 190.11,
        "low": 189.52,
        "close": 189.98,
        "volume": 87400,
        "trades": 30,
    }
]
OPTIONS = [{"label": "AAPL", "value": "AAPL"}]
