"""The page on adding a message format: its steps are followed, and its files exist."""

import re
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from ingest.formats.tick import Reject, Tick

from ingest.formats import decode
from ingest.formats.decode import decode_message
from tests.ingest import made

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/add-a-message-format.md").read_text()
# 2026-02-27T12:05:00.25Z, in microseconds since 2000-01-01: 9554 days and 43,500.25 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000 + 250_000


def code(language):
    [block] = re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    return re.sub(r"^   ", "", block, flags=re.MULTILINE) if language == "python" else block


@pytest.fixture
def acme(monkeypatch):
    """Adds the page's module to the registry, above the format with the fewest keys."""
    module = ModuleType("acme")
    exec(code("python"), module.__dict__)
    assert not any(known.recognises(msgspec.json.decode(code("json"))) for known in decode.FORMATS)
    monkeypatch.setattr(decode, "FORMATS", (*decode.FORMATS[:-1], module, decode.FORMATS[-1]))


def test_the_pages_message_is_decoded_by_the_pages_module(acme):
    [tick] = decode_message(code("json").encode())
    assert tick == Tick(TIME_US, "AAPL", "acme", price=tick.price, size=tick.size)
    assert (format(tick.price, "f"), format(tick.size, "f")) == ("187.10", "100")


def test_the_message_goes_through_a_batch(acme):
    batch = made.batch([code("json").encode(), made.trade(0)])
    assert [row.split(b"\t")[1:4] for row in batch.contents.text.splitlines()] == [
        [b"AAPL", b"acme", b"187.10"],
        [b"AAPL", b"sim", b"100.25"],
    ]


def test_a_message_with_a_bad_field_is_rejected(acme):
    value = code("json").replace('"187.10"', "-1").encode()
    assert decode_message(value) == Reject("bad last", "last is -1, not above zero")


def test_without_the_module_the_message_is_unknown():
    assert decode_message(code("json").encode()).reason == "unknown format"


def test_the_files_that_the_page_names_exist_but_for_the_new_ones():
    named = re.findall(r"`((?:ingest|tests)/[\w/]+\.py)`", PAGE)
    new = {"ingest/formats/acme.py", "tests/ingest/formats/test_acme.py"}
    assert new < set(named)
    assert [name for name in named if name not in new and not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    "file, name",
    [
        ("ingest/formats/decode.py", "FORMATS"),
        ("ingest/formats/fields.py", "Malformed"),
        ("ingest/sources/ndjson.py", "_Entry"),
        ("tests/ingest/made.py", "SHAPES"),
    ],
)
def test_the_files_have_the_names_of_the_page(file, name):
    assert f"`{name}`" in PAGE
    assert re.search(rf"^(?:class )?{name}\b", (ROOT / file).read_text(), re.MULTILINE)
