"""Example answers for the OpenAPI document, of one minute of one day."""

from typing import Any

BAR = {
    "t": "2026-02-27T12:05:00Z",
    "o": 189.72,
    "h": 190.11,
    "l": 189.52,
    "c": 189.98,
    "v": 87400,
    "n": 30,
    "vw": 189.84,
}
TRADE = {
    "t": "2026-02-27T12:05:31.123456789Z",
    "x": "V",
    "p": 189.98,
    "s": 100,
    "c": ["@"],
    "i": 52983525029461,
    "z": "C",
}
QUOTE = {
    "t": "2026-02-27T12:05:31.9Z",
    "ax": "V",
    "ap": 190.01,
    "as": 200,
    "bx": "V",
    "bp": 189.97,
    "bs": 100,
    "c": ["R"],
    "z": "C",
}
SNAPSHOT = {
    "latestTrade": TRADE,
    "latestQuote": QUOTE,
    "minuteBar": BAR,
    "dailyBar": BAR | {"t": "2026-02-27T00:00:00Z", "o": 188.2, "n": 4210},
    "prevDailyBar": BAR | {"t": "2026-02-26T00:00:00Z", "c": 188.1, "n": 8154},
}
LAST = "q80gUfJHNc4wWyJBQVBMIiwic2ltIl0"


def page(member: str, example: object) -> dict[str, Any]:
    """Returns a page of one data point."""
    return {member: {"AAPL": [example]}, "next_page_token": LAST}


def page_of_one(member: str, example: object) -> dict[str, Any]:
    """Returns a page of one data point of a single symbol."""
    return {"symbol": "AAPL", member: [example], "next_page_token": LAST}
