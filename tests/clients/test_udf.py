"""TradingView's published adapter: its requests in order, and what it takes from the answers.

With STOCKPULSE_TEST_UDF, the path of the adapter's own bundle.js, Node.js runs that as well.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from stack.database import Database
from tests import support
from tests.api.store import NOON, Store, Tick
from tests.clients.running import address_of, output_of, rows

SCRIPT = Path(__file__).with_name("udf_client.mjs")
BUNDLE = os.environ.get("STOCKPULSE_TEST_UDF", "")
NOON_S = 1772193600
SYMBOL = "KRAKEN:BTC/USD"
BARS = f"""
select extract(epoch from ts)::bigint * 1000, price::float, size::float
from market.trades
where symbol = '{SYMBOL}'
order by ts
"""


class Adapter:
    """Asks as the adapter does: every answer is text that is parsed as JSON, at any status."""

    def __init__(self, client: httpx.Client, base: str) -> None:
        self._client = client
        self._base = base

    def send(self, path: str, **params: object) -> Any:
        """Returns the answer; values are encoded as encodeURIComponent does."""
        query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in params.items())
        answer = self._client.get(f"{self._base}/{path}" + (f"?{query}" if query else ""))
        return json.loads(answer.text)

    def bars(self, resolution: str, since: int, until: int, countback: int) -> list[list[float]]:
        """Returns times in milliseconds, closes and volumes as `getBars` gives them on."""
        found = self.send(
            "history",
            symbol=SYMBOL,
            resolution=resolution,
            **{"from": since, "to": until, "countback": countback},
        )
        if found["s"] == "no_data":
            assert set(found) <= {"s", "nextTime"}
            return []
        assert found["s"] == "ok"
        return [
            [1000 * start, close, volume]
            for start, close, volume in zip(found["t"], found["c"], found["v"], strict=True)
        ]


@pytest.fixture
def adapter(venue_url: str) -> Iterator[Adapter]:
    """The adapter's side of the protocol, over a served database."""
    with address_of(venue_url) as base, httpx.Client(timeout=30) as client:
        yield Adapter(client, f"{base}/udf")


def test_the_adapter_resolves_what_it_has_found(adapter: Adapter) -> None:
    config = adapter.send("config")
    assert config["supports_search"] or config["supports_group_request"]
    found = adapter.send("search", limit=30, query="BTC", type="", exchange="")
    assert [one["ticker"] for one in found] == [SYMBOL]
    info = adapter.send("symbols", symbol=found[0]["ticker"])
    assert "s" not in info
    assert set(info["supported_resolutions"]) <= set(config["supported_resolutions"])
    assert adapter.send("symbols", symbol="NONE")["s"] == "error"


def test_a_chart_scrolls_back_to_the_first_bar_and_stops(venue_url: str, adapter: Adapter) -> None:
    found: list[list[float]] = []
    until = NOON_S + 2510 * 60
    requests = 0
    # As the library: 300 bars at a time before the oldest one that it has.
    while page := adapter.bars("1", until - 300 * 60, until, 300):
        found = page + found
        until = int(page[0][0] / 1000)
        requests += 1
    assert requests == 9
    assert found == rows(venue_url, BARS)


def test_a_chart_without_countback_skips_a_gap_by_its_next_time(adapter: Adapter) -> None:
    # as old adapters ask: a day in 2027, then from where it is told on
    later = NOON_S + 365 * 86_400
    window = {"symbol": SYMBOL, "resolution": "60", "from": later, "to": later + 86_400}
    answer = adapter.send("history", **window)
    assert answer == {"s": "no_data", "nextTime": NOON_S + 41 * 3600}
    back = answer["nextTime"]
    window |= {"from": back - 86_400, "to": back + 1}
    assert adapter.send("history", **window)["t"][-1] == back


def test_the_poll_of_a_live_chart_gets_its_last_two_bars(database: Database, template: str) -> None:
    with (
        support.database_like(database.url, template) as url,
        address_of(url) as base,
        httpx.Client(timeout=30) as client,
    ):
        now = int(time.time())
        started = (now - 120) // 60 * 60
        moments = [NOON + timedelta(seconds=started - NOON_S + 60 * n) for n in range(3)]
        Store(url).ticks(SYMBOL, [Tick(one, str(n + 1)) for n, one in enumerate(moments)])
        # two bars over ten periods
        found = Adapter(client, f"{base}/udf").bars("1", now - 600, now + 60, 2)
        assert found == [[1000 * (started + 60), 2, 1], [1000 * (started + 120), 3, 1]]


def test_quotes_marks_and_time_are_what_the_adapter_reads(adapter: Adapter) -> None:
    quotes = adapter.send("quotes", symbols=f"{SYMBOL},NONE")
    assert quotes["s"] == "ok"
    assert [(one["s"], one["n"]) for one in quotes["d"]] == [("ok", SYMBOL), ("error", "NONE")]
    window = {"symbol": SYMBOL, "from": 0, "to": NOON_S, "resolution": "1D"}
    assert adapter.send("marks", **window) == []
    assert adapter.send("timescale_marks", **window) == []
    assert abs(adapter.send("time") - time.time()) < 60


def test_an_adapter_without_config_gets_its_groups(adapter: Adapter) -> None:
    for group, count in (("NYSE", 0), ("FOREX", 0), ("KRAKEN", 2)):
        info = adapter.send("symbol_info", group=group)
        lists = [value for name, value in info.items() if isinstance(value, list)
                 and name != "supported-resolutions"]  # fmt: skip
        assert {len(value) for value in lists} == {count}


@pytest.mark.skipif(
    not BUNDLE or not shutil.which("node"),
    reason="needs Node.js and STOCKPULSE_TEST_UDF, the adapter's bundle.js",
)
def test_the_adapter_itself_gets_the_bars_of_the_database(venue_url: str) -> None:
    found = output_of(venue_url, "/udf", "node", str(SCRIPT), BUNDLE)
    assert found["resolved"] == SYMBOL
    assert found["unknown"] == "unknown_symbol"
    assert found["found"] == [SYMBOL]
    assert found["bars"] == rows(venue_url, BARS)[-300:]
    assert found["quote"] == 64084.9
    assert found["marks"] == []
