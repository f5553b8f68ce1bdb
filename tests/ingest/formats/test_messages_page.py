"""The page on messages: its examples are read, and it names every source and reason."""

import re
from pathlib import Path

import msgspec
import pytest

from ingest.formats.events import (
    LARGEST_NUMBER,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_SYMBOL,
    MOST_DECIMALS,
    Ignored,
    Quote,
    Trade,
)
from tests.ingest import made
from tests.ingest.formats import samples

PAGE = (Path(__file__).parents[3] / "docs/messages.md").read_text()
EXAMPLES = "".join(re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)).splitlines()


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_read(example):
    assert isinstance(made.decoded(example.encode()), list)


def test_every_source_of_a_venue_is_described():
    found = [
        one
        for name, some in samples.WITH_EVENTS.items()
        for sample in some
        if name != "native"
        for one in made.decoded(msgspec.json.encode(sample))
    ]
    sources = {one.source for one in found if isinstance(one, Trade | Quote)}
    assert [name for name in sorted(sources) if f"`{name}`" not in PAGE] == []


def test_every_reason_to_ignore_a_message_is_described():
    reasons = {reason for some in samples.IGNORED.values() for _, reason in some}
    reasons |= {"tombstone", "not a trade", "not tradeable", "no events", "end of batch"}
    reasons.add("feed marker")
    section = PAGE.partition("## Ignored")[2].partition("\n## ")[0]
    described = re.findall(r"^\| `([a-z ]+)` \|", section, re.MULTILINE)
    assert set(described) == reasons
    assert isinstance(made.decoded(None), Ignored)


def test_the_limits_are_those_of_the_page():
    assert (LONGEST_SYMBOL, LONGEST_NAME, LONGEST_ID) == (128, 64, 1000)
    assert LARGEST_NUMBER == 10**40
    assert MOST_DECIMALS == 120
    for text in ("128 printable", "conditions 64", "1,000 bytes", "below 1e40", "120 decimals"):
        assert text in PAGE
