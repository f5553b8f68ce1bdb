"""The other dialects on days that only the archive has: what the database gave, or a refusal."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

pytest.importorskip("pyiceberg", reason="needs pyiceberg: pip install 'stockpulse[archive]'")
pytest.importorskip("duckdb", reason="needs duckdb: pip install 'stockpulse[archive]'")

from stack.database import Database
from tests.api.archived.archiving import Archiver
from tests.api.conftest import Serve
from tests.api.store import Quote, Store, Tick

FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = [date(2026, 3, 2 + n) for n in range(4)]
BORDER = DAYS[2]  # the first day that stays in the database
ALPACA = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-06T00:00:00Z"}
BINANCE = {"symbol": "AAA", "startTime": 1772323200000, "endTime": 1772755200000}
UDF = {"symbol": "AAA", "from": 1772323200, "to": 1772755200}


def store(url: str, edition: str) -> None:
    """Stores four days of trades and quotes with ids, some within a minute."""
    written = Store(url)
    prices = itertools.cycle(["180.80", "180.8", "-7", "0.000000001", "1.10"])
    sizes = itertools.cycle([None, "1", "2.50", "0"])
    times = [FIRST + timedelta(days=n // 12, seconds=25 * (n % 12)) for n in range(48)]
    for symbol in ("AAA", "BBB"):
        written.ticks(symbol, [Tick(ts, next(prices), next(sizes)) for ts in times])
        written.quotes(symbol, [Quote(ts, next(prices), next(prices)) for ts in times])
    written.execute("update market.instruments set primary_source = 'sim'")
    written.make_candles(edition)


QUERIES: list[tuple[str, dict[str, Any]]] = [
    *(
        (f"/alpaca/v2/stocks/{kind}", {"symbols": "AAA,BBB", "sort": sort, "limit": limit} | more)
        for kind, more in (
            ("bars", {"timeframe": "1Min"}),
            ("bars", {"timeframe": "15Min"}),
            ("trades", {}),
            ("quotes", {}),
        )
        for sort, limit in (("asc", 1000), ("desc", 1000), ("asc", 7), ("desc", 5))
    ),
    ("/alpaca/v2/stocks/AAA/bars", {"timeframe": "1Day"}),
    *(
        ("/binance/api/v3/klines", {"interval": interval, "limit": limit})
        for interval, limit in (("1m", 500), ("3m", 7), ("1d", 500))
    ),
    ("/binance/api/v3/aggTrades", {"limit": 20}),
    ("/binance/api/v3/aggTrades", {"limit": 500}),
    *(("/udf/history", {"resolution": resolution}) for resolution in ("1", "15", "1D")),
    *(("/udf/history", {"resolution": "1", "countback": count}) for count in (3, 100)),
]
NEWEST = [
    ("/binance/api/v3/klines", {"symbol": "AAA", "interval": "1m", "limit": 12}),
    ("/binance/api/v3/trades", {"symbol": "AAA", "limit": 30}),
]


def answers(client: httpx.Client) -> list[str]:
    """Returns the answers to all queries, with all their pages."""
    found = []
    for path, asked in QUERIES:
        window = next(
            window
            for dialect, window in (("alpaca", ALPACA), ("binance", BINANCE), ("udf", UDF))
            if dialect in path
        )
        token = True
        while token:
            more = {"page_token": token} if isinstance(token, str) else {}
            answer = client.get(path, params={**window, **asked, **more})
            assert answer.status_code == 200, (path, asked, answer.text)
            found.append(answer.text)
            token = "alpaca" in path and answer.json()["next_page_token"]
    return found + [client.get(path, params=asked).text for path, asked in NEWEST]


def test_history_in_other_dialects_is_that_which_the_database_gave(
    fresh_database: str, database: Database, archiver: Archiver, api: httpx.Client, serve: Serve
) -> None:
    store(fresh_database, database.edition)
    hot = answers(api)
    relations = ("trades", "quotes", "candles_1m", "candles_15m")
    archiver.archive(DAYS[:2], *relations)
    archiver.drop(BORDER, *relations)
    for n, (expected, found) in enumerate(zip(hot, answers(api), strict=True)):
        assert found == expected, n
    without = serve()
    for path, asked in (
        ("/alpaca/v2/stocks/AAA/trades", ALPACA),
        ("/binance/api/v3/klines", BINANCE | {"interval": "1m"}),
        ("/udf/history", UDF | {"resolution": "1"}),
    ):
        refused = without.get(path, params=asked)
        assert refused.status_code == (400 if "binance" in path else 422)
        assert "Only the archive has 2026-03-02 to 2026-03-04" in refused.text


def test_what_a_dialect_cannot_make_of_the_archive_is_refused_and_never_left_out(
    fresh_database: str, database: Database, archiver: Archiver, api: httpx.Client
) -> None:
    store(fresh_database, database.edition)
    relations = ("trades", "candles_1m", "candles_1d")
    archiver.archive(DAYS[:2], *relations)
    archiver.drop(BORDER, *relations)
    ids = "/binance/api/v3/historicalTrades"
    from_id = {"symbol": "AAA", "limit": 5}
    for path, asked in (
        (ids, from_id | {"fromId": 3}),
        (ids, from_id | {"fromId": 24}),  # the first of the database, or one before
        ("/udf/history", UDF | {"resolution": "1D"}),
        ("/udf/history", UDF | {"resolution": "1D", "countback": 3}),
        ("/binance/api/v3/klines", BINANCE | {"interval": "1w"}),
        ("/alpaca/v2/stocks/AAA/bars", ALPACA | {"timeframe": "1Week"}),
    ):
        refused = api.get(path, params=asked)
        assert refused.status_code == (400 if "binance" in path else 422), path
        assert "Only the archive has" in refused.text
    for path, asked in (
        (ids, from_id | {"fromId": 30}),
        (ids, {"symbol": "AAA", "limit": 24}),
        ("/udf/history", UDF | {"resolution": "1D", "countback": 2}),
    ):
        assert api.get(path, params=asked).status_code == 200
    early = {"symbol": "AAA", "resolution": "1", "from": 1772496000 + 60, "to": 1772496000 + 120}
    shown = api.get("/udf/history", params=early).json()
    assert shown == {"s": "no_data", "nextTime": early["from"] - 1}
    back = early | {"from": early["from"] - 86_400, "to": shown["nextTime"]}
    assert api.get("/udf/history", params=back).json()["s"] == "ok"
