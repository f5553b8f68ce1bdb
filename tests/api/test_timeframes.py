"""Every spelling of a timeframe means what its tool means by it."""

import pytest

from api import timeframes
from api.errors import InvalidParameter

ALPACA = {
    "1Min": "1m",
    "5Min": "5m",
    "15Min": "15m",
    "30Min": "30m",
    "1Hour": "1h",
    "4Hour": "4h",
    "12Hour": "12h",
    "1Day": "1d",
    "1T": "1m",
    "15T": "15m",
    "1H": "1h",
    "12H": "12h",
    "1D": "1d",
}
BINANCE = {
    "1m": "1m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1h",
    "4h": "4h",
    "12h": "12h",
    "1d": "1d",
}
TWELVE_DATA = {
    "1min": "1m",
    "5min": "5m",
    "15min": "15m",
    "30min": "30m",
    "1h": "1h",
    "4h": "4h",
    "1day": "1d",
}
TRADING_VIEW = {
    "1": "1m",
    "5": "5m",
    "15": "15m",
    "30": "30m",
    "60": "1h",
    "240": "4h",
    "720": "12h",
    "D": "1d",
    "1D": "1d",
}


@pytest.mark.parametrize(
    "dialect", [ALPACA, BINANCE, TWELVE_DATA, TRADING_VIEW], ids=["alpaca", "binance", "12", "tv"]
)
def test_each_dialect_is_understood(dialect: dict[str, str]) -> None:
    assert {spelling: timeframes.parse(spelling).name for spelling in dialect} == dialect


def test_a_timeframe_reads_its_own_candles() -> None:
    relations = [timeframes.parse(name).relation for name in BINANCE]
    assert relations == [f"market.candles_{name}" for name in BINANCE]


@pytest.mark.parametrize(
    "text",
    [
        "1M",
        "5M",
        "1Month",
        "M",
        "1W",
        "1w",
        "2m",
        "3m",
        "10",
        "0",
        "1s",
        "",
        " 1m",
        "1m ",
        "1MIN",
        "1m;drop",
        "D1",
        "1D1",
        "2D",
        "1m\n",
        "\uff11m",
    ],
)
def test_what_is_not_a_timeframe_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        timeframes.parse(text)
    assert refused.value.field == "timeframe"
    assert "1m, 5m, 15m, 30m, 1h, 4h, 12h, 1d" in refused.value.detail


def test_a_month_is_not_taken_for_a_minute() -> None:
    with pytest.raises(InvalidParameter, match="M is a month"):
        timeframes.parse("1M")
