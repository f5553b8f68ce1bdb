"""Hours of the JSON API: the same messages as from the bi5 file, and corrupt ones refused."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.sources import dukascopy
from ingest.sources.dukascopy_hours import (
    CorruptHour,
    Quote,
    decode_bi5,
    decode_json,
    messages,
)
from ingest.sources.dukascopy_instruments import Instrument
from tests.fakes.dukascopy import Tick, as_bi5, as_json, ticks_of

EURUSD = Instrument("EUR/USD", 5)
NOON = datetime(2026, 2, 26, 12, tzinfo=UTC)
REAL = Path(__file__).parents[4] / "shared" / "fixtures" / "dukascopy"

# 2026-02-26T12:00Z; an hour as the venue writes it
TEXT = b"""{"timestamp":1772107200000,"multiplier":1.0E-5,"ask":1.08004,"bid":1.08001,
"times":[93,0,11],"asks":[0,-2,5],"bids":[0,-1,2],
"askVolumes":[1800000.0,900000.0,0.25],"bidVolumes":[2700000.0,1.0E-5,0.0]}"""


def test_times_and_prices_are_sums_and_volumes_are_not():
    assert decode_json(TEXT, EURUSD, NOON) == [
        Quote(93, 108004, 108001, "1800000", "2700000"),
        Quote(93, 108002, 108000, "900000", "0.00001"),
        Quote(104, 108007, 108002, "0.25", "0"),
    ]


@pytest.mark.parametrize("text", [b"", as_json([], NOON)])
def test_an_hour_without_ticks_is_empty(text):
    assert decode_json(text, EURUSD, NOON) == []


def test_both_forms_of_an_hour_give_the_same_messages():
    made = ticks_of("EURUSD", NOON, 500)
    packed = decode_bi5(as_bi5(made), EURUSD, NOON)
    text = decode_json(as_json(made, NOON), EURUSD, NOON)
    assert list(messages(EURUSD, NOON, packed)) == list(messages(EURUSD, NOON, text))
    assert len(packed) == 500


def changed(**values):
    return json.dumps(json.loads(TEXT) | values).encode()


@pytest.mark.parametrize(
    "text, why",
    [
        (b" <html>blocked</html>", "a web page"),
        (TEXT[:-20], "not an hour in JSON"),
        (b"{}", "not an hour in JSON"),
        (b"\xff\xfe", "not an hour in JSON"),
        (changed(times=[1, 2]), "columns are not of one length"),
        (changed(askVolumes=[]), "columns are not of one length"),
        (changed(ask=None), "base values are missing"),
        (changed(multiplier=0.001), "its multiplier 0.001 is not that of 5 decimals"),
        (changed(times=[93, -1, 11]), "record 2: millisecond 92 "),
        (changed(times=[93, 0, 3_599_907]), "record 3: millisecond 3600000 "),
        (changed(timestamp=1772103600000), "record 1: millisecond -3599907 "),
        (changed(asks=[0, -5, 0]), "record 2: ask 107999 and bid 108000"),
        (changed(bidVolumes=[1, -1, 1]), "record 2: volumes 900000.0 and -1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_error_says_why_an_hour_is_corrupt(text, why):
    with pytest.raises(CorruptHour, match=why):
        decode_json(text, EURUSD, NOON)


def test_files_of_both_forms_can_be_published(tmp_path, kafka_settings, topic, read_topic):
    made = ticks_of("EURUSD", NOON)
    for hour, form, body in ((12, "bi5", as_bi5(made)), (13, "json", as_json(made, NOON))):
        file = dukascopy.path(tmp_path, EURUSD, NOON.replace(hour=hour), form)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    published = dukascopy.publish(kafka_settings, tmp_path, topic=topic)
    assert published.count == 20
    [failure] = published.failures  # its ticks are those of noon
    assert "13h_ticks.json: record 1: millisecond -" in failure
    assert len(read_topic(topic)) == 21


def test_of_an_hour_in_both_forms_one_is_published(tmp_path):
    for form in ("bi5", "json"):
        file = dukascopy.path(tmp_path, EURUSD, NOON, form)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    [hour], misplaced = dukascopy.find(tmp_path)
    assert (hour.path.suffix, misplaced) == (".bi5", [])


@pytest.mark.skipif(not REAL.is_dir(), reason=f"needs a day of real EUR/USD below {REAL}")
def test_a_real_day_in_json_gives_the_ticks_of_its_files():
    hours, _ = dukascopy.find(REAL)
    for hour in hours:
        packed = decode_bi5(hour.path.read_bytes(), EURUSD, hour.start)
        columns = [
            Tick(ms, ask, bid, float(ask_size), float(bid_size))
            for ms, ask, bid, ask_size, bid_size in packed
        ]
        assert decode_json(as_json(columns, hour.start), EURUSD, hour.start) == packed
