"""The page on messages shows bars as they are sent."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tests.ingest import made
from tests.ingest.bars.queue import FIELDS

PAGE = (Path(__file__).parents[3] / "docs/messages.md").read_text()
IN, OUT = (
    PAGE.partition(f"\n{title}\n")[2].partition("\n## ")[0]
    for title in ("### Bars of vendors", "## Bars out")
)
LINES = [line for line in OUT.splitlines() if '"kind":"bar"' in line]


@pytest.mark.parametrize("line", LINES)
def test_the_examples_are_made_like_that(query, line):
    bar = msgspec.json.decode(line)
    numbers = [Decimal(bar[name]) if name in bar else None for name in FIELDS]
    ticks = None if "deleted" in bar else bar["tick_count"]
    names = (bar["bar_start"], bar["symbol"], bar["source"], bar["revision"])
    values = ", ".join(["%s"] * 10)
    made = query(f"select ops.bar_message({values}, %s::bigint)", *names, *numbers, ticks)
    assert made == [(line,)]


def test_every_field_is_described():
    fields = {field for line in LINES for field in msgspec.json.decode(line)}
    assert [field for field in fields if f"`{field}`" not in OUT] == []


def test_the_example_of_a_vendors_bar_is_read_and_every_field_described():
    [line] = [line for line in IN.splitlines() if '"kind":"bar"' in line]
    [bar] = made.decoded(line.encode())
    assert (bar.symbol, bar.source, bar.final) == ("IBM", "alphavantage", True)
    fields = set(msgspec.json.decode(line)) - {"v", "kind"}
    assert [field for field in fields if f"`{field}`" not in IN] == []
