"""The page on adding a message format: its steps are followed, and its files exist."""

import re
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from ingest.formats import message
from ingest.formats.events import Ignored, Reject, Trade
from tests.ingest import made
from tests.ingest.formats import samples

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/add-a-message-format.md").read_text()
# 2026-02-27T12:05:00.25Z, in microseconds since 2000-01-01: 9554 days and 43,500.25 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000 + 250_000


def code(language):
    [block] = re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
    return re.sub(r"^   ", "", block, flags=re.MULTILINE) if language == "python" else block


@pytest.fixture
def acme(monkeypatch):
    """Adds the page's module to the registry."""
    module = ModuleType("acme")
    exec(code("python"), module.__dict__)
    monkeypatch.setattr(message, "FORMATS", (*message.FORMATS, module))
    return module


def test_the_pages_message_has_that_one_format(acme):
    payload = msgspec.json.decode(code("json"))
    assert [one for one in message.FORMATS if one.recognises(payload)] == [acme]
    others = [sample for some in samples.WITH_EVENTS.values() for sample in some]
    assert not any(acme.recognises(sample) for sample in [*others, *samples.FOREIGN])


def test_the_pages_message_is_decoded_by_the_pages_module(acme):
    [trade] = made.decoded(code("json").encode())
    assert trade == Trade(
        TIME_US, "ACME:AAPL", "acme", price=trade.price, size=trade.size, tick_id="7"
    )
    assert (format(trade.price, "f"), format(trade.size, "f")) == ("187.10", "100")
    assert made.decoded(b'{"acme":"alive"}') == Ignored("heartbeat")


def test_the_message_goes_through_a_batch(acme):
    batch = made.batch([code("json").encode(), made.trade(0), b'{"acme":"alive"}'])
    assert [row.split(b"\t")[1:4] for row in batch.contents.text("trade").splitlines()] == [
        [b"ACME:AAPL", b"acme", b"187.10"],
        [b"AAPL", b"sim", b"100.25"],
    ]
    assert batch.ignored == {2: "heartbeat"}


def test_a_message_with_a_bad_field_is_rejected(acme):
    value = code("json").replace('"187.10"', '"x"').encode()
    assert made.decoded(value) == Reject("bad number", "last is 'x', not a number")


def test_without_the_module_the_message_is_unknown():
    assert made.decoded(code("json").encode()).reason == "unknown format"


def test_the_files_that_the_page_names_exist_but_for_the_new_ones():
    named = re.findall(r"`((?:ingest|tests|docs)/[\w/]+\.(?:py|md))`", PAGE)
    new = {"ingest/formats/acme.py", "tests/ingest/formats/test_acme.py"}
    assert new < set(named)
    assert [name for name in named if name not in new and not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    "file, name",
    [
        ("ingest/formats/message.py", "FORMATS"),
        ("ingest/formats/fields.py", "Malformed"),
        ("ingest/formats/events.py", "Ignored"),
        ("ingest/formats/events.py", "Quote"),
        ("ingest/files/ndjson.py", "_Entry"),
        ("tests/ingest/made.py", "SHAPES"),
        ("tests/ingest/formats/samples.py", "WITH_EVENTS"),
        ("tests/ingest/formats/samples.py", "IGNORED"),
    ],
)
def test_the_files_have_the_names_of_the_page(file, name):
    assert f"`{name}`" in PAGE
    assert re.search(rf"^(?:class )?{name}\b", (ROOT / file).read_text(), re.MULTILINE)
