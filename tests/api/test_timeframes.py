"""A spelling of a timeframe means what its tool means by it; the database has those that exist."""

import httpx
import psycopg
import pytest

from api.timeframes import canonical

ALPACA = {
    "1Min": "1m",
    "59Min": "59m",
    "1Hour": "1h",
    "23Hour": "23h",
    "1Day": "1d",
    "1Week": "1w",
    "1Month": "1mo",
    "12Month": "12mo",
    "1T": "1m",
    "15T": "15m",
    "1H": "1h",
    "12H": "12h",
    "1D": "1d",
    "1W": "1w",
    "6M": "6mo",
}
BINANCE = {
    "1s": "1s",
    "1m": "1m",
    "3m": "3m",
    "30m": "30m",
    "1h": "1h",
    "8h": "8h",
    "1d": "1d",
    "3d": "3d",
    "1w": "1w",
    "1M": "1mo",
}
TWELVE_DATA = {
    "1min": "1m",
    "45min": "45m",
    "1h": "1h",
    "1day": "1d",
    "1week": "1w",
    "1month": "1mo",
}
TRADING_VIEW = {
    "1S": "1s",
    "1": "1m",
    "5": "5m",
    "60": "1h",
    "240": "4h",
    "720": "12h",
    "1440": "1d",
    "D": "1d",
    "1D": "1d",
    "W": "1w",
    "M": "1mo",
}
MULTIPLES = {
    "60s": "1m",
    "90s": "90s",
    "60m": "1h",
    "60Min": "1h",
    "90m": "90m",
    "120": "2h",
    "24h": "1d",
    "24H": "1d",
    "36h": "36h",
    "7d": "7d",
    "86400s": "1d",
}


@pytest.mark.parametrize(
    "dialect",
    [ALPACA, BINANCE, TWELVE_DATA, TRADING_VIEW, MULTIPLES],
    ids=["alpaca", "binance", "twelve data", "tradingview", "multiples"],
)
def test_spellings_of_each_tool_have_their_canonical_name(dialect: dict[str, str]) -> None:
    assert {spelling: canonical(spelling) for spelling in dialect} == dialect


@pytest.mark.parametrize(
    "text",
    ["0", "0m", "01m", "", "m", "T", "h", " 1m", "1m ", "1 m", "1MIN", "1m;drop", "D1", "1D1",
     "-1m", "1.5h", "123456m", "1x", "1m\n", "\uff11m"],
)  # fmt: skip
def test_other_text_spells_no_timeframe(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize("text", ["5M", "15M", "30M", "60M"])
def test_minutes_written_with_a_capital_letter_are_no_months(api: httpx.Client, text: str) -> None:
    answer = api.get("/v1/bars", params={"symbols": "A", "timeframe": text})
    assert answer.status_code == 422
    assert "minutes are written 5m or 5Min, M is a month" in answer.json()["detail"]


@pytest.mark.parametrize(
    "text, reason",
    [
        ("7m", "7m does not divide a day"),
        ("5h", "5h does not divide a day"),
        ("99999d", "99999d is wider than ten years"),
        ("121mo", "121mo is wider than ten years"),
        ("", "must be a width like 1s, 1m, 5m, "),
        ("1MIN", "must be a width like 1s, 1m, 5m, "),
        ("1m\n", "must be a width like 1s, 1m, 5m, "),
    ],
)
@pytest.mark.parametrize("path", ["/v1/bars?symbols=A", "/bars/latest?symbol=A"])
def test_timeframe_that_does_not_exist_is_refused_with_the_reason(
    api: httpx.Client, path: str, text: str, reason: str
) -> None:
    answer = api.get(path, params=httpx.QueryParams(path.split("?")[1]).set("timeframe", text))
    assert answer.status_code == 422
    assert reason in answer.text


@pytest.mark.parametrize(
    "text",
    ["2m", "3m", "10", "45min", "90m", "2H", "6h", "8Hour", "2D", "1Week", "W", "1M", "1Month",
     "12Month", "520w", "120mo"],
)  # fmt: skip
def test_timeframe_that_is_made_of_a_stored_one_is_taken(api: httpx.Client, text: str) -> None:
    answer = api.get("/v1/bars", params={"symbols": "A", "timeframe": text})
    assert "no symbol A" in answer.json()["detail"]


def test_timeframes_are_the_levels_narrowest_first(api: httpx.Client, fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as conn:
        rows = conn.execute(
            "select level from ops.lifecycle where kind = 'trades' and level is not null"
            " order by width"
        )
        levels = [level for (level,) in rows]
    assert levels[:2] == ["1s", "1m"]
    assert api.get("/v1/timeframes").json() == {
        "timeframes": levels,
        "others": ["3m", "10m", "45m", "2h", "3h", "6h", "8h", "3d", "1w", "1mo"],
    }
