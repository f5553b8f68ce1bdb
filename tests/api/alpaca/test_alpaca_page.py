"""The examples in docs/clients/alpaca-py.md have the answers that stand there."""

import re
from datetime import datetime
from pathlib import Path

import httpx

from stack.database import Database
from tests.api.store import Quote, Store, Tick

PAGE = Path(__file__).parents[3] / "docs/clients/alpaca-py.md"
EXAMPLE = re.compile(r"^\$ curl '127\.0\.0\.1:8000(/alpaca[^']+)'\n(.+)$", re.MULTILINE)


def test_the_documented_answers_are_real(
    api: httpx.Client, store: Store, database: Database
) -> None:
    store.ticks(
        "IBM",
        [
            Tick(_at("14:30:00.0021"), "249.90", "100"),
            Tick(_at("14:30:21.5"), "250.15", "40"),
            Tick(_at("14:31:02"), "250.05", "200"),
        ],
        source="alpaca",
    )
    store.quotes("IBM", [Quote(_at("14:30:00"), "249.88", "249.93", "300")], source="alpaca")
    store.ticks(
        "KRAKEN:ETH/USD",
        [Tick(_at("00:00:01.25"), "2051.7", "0.35"), Tick(_at("00:00:40"), "2052.05", "1.2")],
        source="kraken",
    )
    store.execute(
        "update market.trades set exchange = 'N', tape = 'A', conditions = '{@}', ns = 44,"
        " tick_id = 'N:5298' || tick_id where symbol = 'IBM'"
    )
    store.execute(
        "update market.quotes set exchange = 'N/P', tape = 'A', conditions = '{R}', ask_size = 200"
    )
    store.execute("update market.trades set side = 'buy' where source = 'kraken'")
    store.make_candles(database.edition)
    examples = EXAMPLE.findall(PAGE.read_text())
    assert len(examples) == 6
    assert {path: api.get(path).text for path, _answer in examples} == dict(examples)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-06T{text}+00:00")
