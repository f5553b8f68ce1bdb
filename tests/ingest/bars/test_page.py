"""The page on messages shows bars as they are sent."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tests.ingest.bars.queue import FIELDS

PAGE = (Path(__file__).parents[3] / "docs/messages.md").read_text()
LINES = [line for line in PAGE.splitlines() if '"kind":"bar"' in line]


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
    rows = PAGE.partition("## Bars out")[2]
    fields = {field for line in LINES for field in msgspec.json.decode(line)}
    assert [field for field in fields if f"`{field}`" not in rows] == []
