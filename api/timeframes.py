"""The eight timeframes and every spelling of them that people's tools use.

Case matters: 1m is a minute; 1M is a month at Binance and TradingView, and so refused.
"""

from datetime import timedelta

import msgspec

from api.errors import InvalidParameter

# Alpaca 1Min 1T 1Hour 1H 1Day 1D; Binance 1m 1h 1d; Twelve Data 1min 1h 1day;
# TradingView minutes as a number, 1D and D.
SPELLINGS = {
    "1m": ("1m", "1Min", "1min", "1T", "1"),
    "5m": ("5m", "5Min", "5min", "5T", "5"),
    "15m": ("15m", "15Min", "15min", "15T", "15"),
    "30m": ("30m", "30Min", "30min", "30T", "30"),
    "1h": ("1h", "1H", "1Hour", "1hour", "60", "60m", "60Min", "60min"),
    "4h": ("4h", "4H", "4Hour", "4hour", "240"),
    "12h": ("12h", "12H", "12Hour", "12hour", "720"),
    "1d": ("1d", "1D", "1Day", "1day", "D", "24H", "24h", "1440"),
}

MINUTES = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "12h": 720, "1d": 1440}

SPAN_BARS = 1440  # bars that a statement reads at a time while it looks for as many as asked for


class Timeframe(msgspec.Struct, frozen=True):
    """One width of candles."""

    name: str
    relation: str
    span: timedelta


def parse(text: str) -> Timeframe:
    """Returns the timeframe that `text` spells; raises InvalidParameter."""
    if timeframe := _BY_SPELLING.get(text):
        return timeframe
    hint = "; minutes are written 1m or 1Min, M is a month" if text.endswith("M") else ""
    raise InvalidParameter("timeframe", f"must be one of {', '.join(SPELLINGS)}{hint}")


def _timeframe(name: str) -> Timeframe:
    return Timeframe(name, f"market.candles_{name}", timedelta(minutes=MINUTES[name] * SPAN_BARS))


_BY_SPELLING = {
    spelling: _timeframe(name) for name, spellings in SPELLINGS.items() for spelling in spellings
}
