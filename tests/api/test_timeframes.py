"""A spelling of a timeframe means what its tool means by it; the database has those that exist."""

import httpx
import psycopg
import pytest

from api.timeframes import canonical
from tests.api.store import Store

ALPACA = {
    "1Min": "1m",
    "59Min": "59m",
    "1Hour": "1h",
    "23Hour": "23h",
    "1Day": "1d",
    "1Week": "1w",
    "1Month": "1M",
    "12Month": "12M",
    "1T": "1m",
    "15T": "15m",
    "1H": "1h",
    "12H": "12h",
    "1D": "1d",
    "1W": "1w",
    "6M": "6M",
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
    "1M": "1M",
}
TWELVE_DATA = {
    "1min": "1m",
    "45min": "45m",
    "1h": "1h",
    "1day": "1d",
    "1week": "1w",
    "1month": "1M",
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
    "M": "1M",
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


@pytest.mark.parametrize(
    "text", ["1M", "5M", "1Month", "M", "1W", "2m", "3m", "10", "1s", "", "1MIN", "2D", "1m\n"]
)
@pytest.mark.parametrize("path", ["/v1/bars?symbols=A", "/bars/latest?symbol=A"])
def test_timeframe_that_does_not_exist_is_refused_with_those_that_do(
    api: httpx.Client, path: str, text: str
) -> None:
    answer = api.get(path, params=httpx.QueryParams(path.split("?")[1]).set("timeframe", text))
    assert answer.status_code == 422
    existing = ", ".join(api.get("/v1/timeframes").json()["timeframes"])
    assert f"timeframe must be one of {existing}" in answer.text
    assert ("M is a month" in answer.text) == text.endswith("M")


def test_timeframes_are_the_levels_narrowest_first(api: httpx.Client, fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as conn:
        rows = conn.execute(
            "select level from ops.lifecycle where child is not null order by width"
        )
        levels = [level for (level,) in rows]
    assert levels[0] == "1m"
    assert api.get("/v1/timeframes").json() == {"timeframes": levels}


def test_level_added_while_the_api_runs_is_found(api: httpx.Client, store: Store) -> None:
    request = "/bars/latest?symbol=NOPE&timeframe=120"
    assert api.get(request).status_code == 422
    store.execute(
        "insert into ops.lifecycle (level, position, child, width, chunk, refresh_start,"
        " refresh_end, refresh_every) values ('2h', 99, '1h', '2 hours', '700 days', '10 days',"
        " '2 hours', '30 minutes')"
    )
    assert "no symbol NOPE" in api.get(request).text
    assert "2h" in api.get("/v1/timeframes").json()["timeframes"]
