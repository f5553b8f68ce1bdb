"""Example answers about trades and quotes, for the OpenAPI document."""

from api.native.examples import BAR

NEXT_PAGE = "b3hIPcsVLcCSWyJBQVBMIiwic2ltIl0"
TRADE = {
    "t": "2026-02-27T12:05:31.123456789Z",
    "p": 189.98,
    "s": 100,
    "side": "buy",
    "x": "V",
    "c": ["@"],
    "i": "52983525029461",
    "z": "C",
}
QUOTE = {
    "t": "2026-02-27T12:05:31.2Z",
    "bp": 189.97,
    "bs": 300,
    "ap": 189.99,
    "as": 200,
    "x": "V",
    "c": ["R"],
    "i": "7213",
    "z": "C",
}
TRADES = {"trades": {"AAPL": [TRADE]}, "next_page_token": NEXT_PAGE}
QUOTES = {"quotes": {"AAPL": [QUOTE]}, "next_page_token": NEXT_PAGE}
STREAM = (
    'id: k5IHzwAA\ndata: {"resume":"k5IHzwAA","events":[{"type":"trade","action":"new",'
    '"symbol":"AAPL","source":"sim","t":"2026-02-27T12:05:31.123456789Z","p":189.98,"s":100,'
    '"side":"buy","x":"V","c":["@"],"i":"52983525029461","z":"C"}]}\n\n'
)
LATEST_TRADES = {"trades": {"AAPL": TRADE}}
LATEST_QUOTES = {"quotes": {"AAPL": QUOTE}}
SNAPSHOTS = {
    "snapshots": {
        "AAPL": {
            "latestTrade": TRADE,
            "latestQuote": QUOTE,
            "minuteBar": BAR,
            "dailyBar": BAR | {"t": "2026-02-27T00:00:00Z"},
            "prevDailyBar": BAR | {"t": "2026-02-26T00:00:00Z"},
        }
    }
}
