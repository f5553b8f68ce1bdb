"""Publishing Dukascopy's hour files: exact ticks, corrupt files left out, replacements."""

import json
import lzma
import struct
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.errors import UsageError
from ingest.formats.native_message import TickMessage, encode
from ingest.sources import dukascopy, dukascopy_instruments
from ingest.sources.dukascopy_hours import CorruptHour, Quote, decode_bi5, messages, units
from ingest.sources.dukascopy_instruments import Instrument

EURUSD = Instrument("EUR/USD", 5)
NOON = datetime(2026, 2, 26, 12, tzinfo=UTC)
REAL = Path(__file__).parents[4] / "shared" / "fixtures" / "dukascopy"


def pack(*records):
    return lzma.compress(
        b"".join(struct.pack(">IIIff", *record) for record in records), format=lzma.FORMAT_ALONE
    )


def decode(packed):
    return decode_bi5(packed, EURUSD, NOON)


def ticks_of(*arguments):
    """Returns the ticks of an hour as they are published."""
    return [json.loads(message.value) for message in messages(*arguments)][:-1]


def put(root, place, *records, content=None):
    file = root / f"{place}h_ticks.bi5"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pack(*records) if content is None else content)
    return file


def test_a_record_is_published_as_this_message():
    quotes = decode(pack((93, 108004, 108001, 1.8, 0.9)))
    tick, _ = messages(EURUSD, NOON, quotes)
    assert json.loads(tick.value) == {
        "v": 1,
        "kind": "quote",
        "source": "dukascopy",
        "symbol": "DUKASCOPY:EUR/USD",
        "event_time": "2026-02-26T12:00:00.093000Z",
        "bid": "1.08001",
        "bid_size": "900000",
        "ask": "1.08004",
        "ask_size": "1800000",
        "seq": 0,
        "dedupe_id": "1772107200093-0",
        "flags": ["backfill"],
    }


def test_quotes_of_one_millisecond_are_numbered_in_their_order():
    records = [(ms, 2, 1, 1.0, 1.0) for ms in (0, 7, 7, 7, 8, 3_599_999)]
    ticks = ticks_of(EURUSD, NOON, decode(pack(*records)))
    assert [tick["dedupe_id"] for tick in ticks] == [
        "1772107200000-0",
        "1772107200007-0",
        "1772107200007-1",
        "1772107200007-2",
        "1772107200008-0",
        "1772110799999-0",
    ]
    assert [tick["seq"] for tick in ticks] == [0, 0, 1, 2, 0, 0]


@given(st.integers(0, 3_599_999), st.booleans())
def test_a_message_is_what_the_encoder_of_native_messages_writes(ms, replaces):
    first, _ = messages(EURUSD, NOON, [Quote(ms, 3, 2, "10", "0.5")], "1f" if replaces else None)
    at = NOON + timedelta(milliseconds=ms)
    batch = {"batch": "dukascopy/EURUSD/2026-02-26T12/1f"} if replaces else {}
    tick = TickMessage(
        kind="quote",
        source="dukascopy",
        symbol="DUKASCOPY:EUR/USD",
        event_time=f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
        bid="0.00002",
        bid_size="0.5",
        ask="0.00003",
        ask_size="10",
        seq=0,
        dedupe_id=f"{1772107200000 + ms}-0",
        flags=("backfill", "replace") if replaces else ("backfill",),
        **batch,
    )
    assert first.value == encode(tick)


@pytest.mark.parametrize(
    "volume, written",
    [
        (1.8, "1800000"),
        (0.9, "900000"),
        (1.12, "1120000"),
        (0.1, "100000"),
        (1e-6, "1"),
        (0.0, "0"),
        (293.76, "293760000"),
        (0.1234567, "123456.7"),
        (16777216.0, "16777216000000"),
    ],
)
def test_a_volume_is_the_shortest_decimal_of_its_float_in_units(volume, written):
    [as_stored] = struct.unpack(">f", struct.pack(">f", volume))
    assert units(as_stored) == written


@given(st.floats(min_value=0, width=32, allow_infinity=False, allow_nan=False))
def test_no_volume_loses_a_bit(volume):
    written = units(volume)
    assert set(written) <= set("0123456789.")
    assert struct.pack(">f", float(Decimal(written) / 1_000_000)) == struct.pack(">f", volume)


@pytest.mark.parametrize(
    "folder, code, price",
    [
        ("EURUSD", "EUR/USD", "1.23456"),
        ("USDJPY", "USD/JPY", "123.456"),
        ("HKDJPY", "HKD/JPY", "1.23456"),
        ("XAUUSD", "XAU/USD", "123.456"),
        ("USA500IDXUSD", "USA500.IDX/USD", "123.456"),
        ("EURCZK", "EUR/CZK", "12.3456"),
        ("BTCUSD", "BTC/USD", "12345.6"),
    ],
)
def test_the_scale_of_an_instrument_comes_from_a_table(folder, code, price):
    instrument = dukascopy_instruments.instruments([folder], {})[folder]
    [tick] = ticks_of(instrument, NOON, [Quote(0, 123456, 123456, "1", "1")])
    symbol = f"DUKASCOPY:{code}"
    assert (tick["symbol"], tick["bid"], tick["ask"]) == (symbol, price, price)


def test_an_unknown_instrument_is_refused_before_anything_is_sent(kafka_settings, tmp_path):
    put(tmp_path, "EURUSD/2026/01/26/12", (0, 2, 1, 1.0, 1.0))
    put(tmp_path, "ABCXYZ/2026/01/26/12", (0, 2, 1, 1.0, 1.0))
    with pytest.raises(UsageError, match=r"ABCXYZ is not known: pass --scale ABCXYZ=N"):
        dukascopy.publish(kafka_settings, tmp_path, topic="never.made")


@pytest.mark.parametrize(
    "scales, instrument",
    [
        ({"ABCXYZ": 2}, Instrument("ABCXYZ", 2)),
        ({"ABC/XYZ": 0}, Instrument("ABC/XYZ", 0)),
        ({"ABC.XY/Z": 4}, Instrument("ABC.XY/Z", 4)),
    ],
)
def test_a_scale_can_be_given(scales, instrument):
    assert dukascopy_instruments.instruments(["ABCXYZ"], scales) == {"ABCXYZ": instrument}


def test_a_given_scale_overrides_the_table():
    found = dukascopy_instruments.instruments(["EURUSD"], {"EURUSD": 4})
    assert found["EURUSD"] == Instrument("EUR/USD", 4)


GOOD = (5, 3, 2, 1.0, 1.0)


@pytest.mark.parametrize(
    "packed, why",
    [
        (b"<!DOCTYPE html><html>blocked</html>", "a web page"),
        (b"\n <html>", "a web page"),
        (b"nothing that LZMA knows", "not a complete LZMA file"),
        (pack(GOOD)[:-3], "not a complete LZMA file"),
        (pack(GOOD)[:13], "not a complete LZMA file"),
        (lzma.compress(struct.pack(">IIIff", *GOOD)), "not a complete LZMA file"),
        (lzma.compress(b"x" * 39, format=lzma.FORMAT_ALONE), "39 bytes are not a multiple"),
        (pack(GOOD, (3_600_000, 3, 2, 1.0, 1.0)), "record 2: millisecond 3600000 "),
        (pack(GOOD, (4, 3, 2, 1.0, 1.0)), "record 2: millisecond 4 "),
        (pack(GOOD, (5, 2, 3, 1.0, 1.0)), "record 2: ask 2 and bid 3"),
        (pack((5, 3, 0, 1.0, 1.0)), "record 1: ask 3 and bid 0"),
        (pack((5, 3, 2, -1.0, 1.0)), "record 1: volumes -1.0"),
        (pack((5, 3, 2, 1.0, float("nan"))), "record 1: volumes 1.0 and nan"),
        (pack((5, 3, 2, float("inf"), 1.0)), "record 1: volumes inf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_error_says_why_an_hour_is_corrupt(packed, why):
    with pytest.raises(CorruptHour, match=why):
        decode(packed)


def test_an_lzma_header_may_hold_the_true_size():
    packed = pack(GOOD, GOOD)
    sized = packed[:5] + struct.pack("<Q", 40) + packed[13:]
    assert decode(sized) == decode(packed)


def test_hours_are_sorted_by_symbol_and_time_with_months_from_zero(tmp_path):
    for place in ("USDJPY/2025/11/31/23", "EURUSD/2026/00/01/00", "EURUSD/2025/11/31/23",
                  "EURUSD/2026/00/01/10", "EURUSD/2026/01/01/02"):  # fmt: skip
        put(tmp_path, place, GOOD)
    hours, misplaced = dukascopy.find(tmp_path)
    assert misplaced == []
    assert [(hour.symbol, hour.start.isoformat()[:13]) for hour in hours] == [
        ("EURUSD", "2025-12-31T23"),
        ("EURUSD", "2026-01-01T00"),
        ("EURUSD", "2026-01-01T10"),
        ("EURUSD", "2026-02-01T02"),
        ("USDJPY", "2025-12-31T23"),
    ]


def test_any_folder_of_the_tree_can_be_published(tmp_path):
    put(tmp_path, "EURUSD/2026/01/26/12", GOOD)
    put(tmp_path, "EURUSD/2026/01/27/12", GOOD)
    assert [h.start for h in dukascopy.find(tmp_path / "EURUSD/2026/01/26")[0]] == [NOON]


@pytest.mark.parametrize(
    "place", ["EURUSD/2026/12/26/12", "EURUSD/2026/01/30/12", "EURUSD/2026/01/26/24", "EURUSD/12"]
)
def test_a_misplaced_file_is_reported(tmp_path, place):
    file = put(tmp_path, place, GOOD)
    hours, misplaced = dukascopy.find(tmp_path)
    assert hours == []
    assert misplaced == [
        f"{file}: not at SYMBOL/YYYY/MM/DD/HHh_ticks.bi5 with months from 00 to 11"
    ]


def test_a_folder_without_hours_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match=r"contains no SYMBOL/YYYY/MM/DD/HHh_ticks\.bi5"):
            dukascopy.find(folder)


def test_an_hour_ends_with_its_number_of_ticks_in_the_same_partition(
    kafka_settings, topic, read_topic, tmp_path
):
    put(tmp_path, "EURUSD/2026/01/26/12", (5, 3, 2, 1.0, 1.0), (6, 4, 2, 1.0, 1.0))
    put(tmp_path, "EURUSD/2026/01/26/13", content=b"")
    put(tmp_path, "USDJPY/2026/01/26/12", (7, 3, 2, 1.0, 1.0))
    done = []
    published = dukascopy.publish(kafka_settings, tmp_path, topic=topic, advance=done.append)
    assert (published.count, published.failures, sum(done)) == (3, (), 3)
    by_key = defaultdict(list)
    for record in read_topic(topic):
        message = json.loads(record.value)
        by_key[record.key.decode()].append(
            message["dedupe_id"] if message["kind"] == "quote" else message
        )
    end = {"v": 1, "kind": "batch_end", "source": "dukascopy", "event_kind": "quote"}
    first = {"since": "2026-02-26T12:00:00Z", "until": "2026-02-26T13:00:00Z"}
    second = {"since": "2026-02-26T13:00:00Z", "until": "2026-02-26T14:00:00Z"}
    euro = {**end, "symbol": "DUKASCOPY:EUR/USD"}
    yen = {**end, "symbol": "DUKASCOPY:USD/JPY"}
    assert by_key == {
        "DUKASCOPY:EUR/USD": [
            "1772107200005-0",
            "1772107200006-0",
            euro | {"batch": "dukascopy/EURUSD/2026-02-26T12", "rows": 2} | first,
            euro | {"batch": "dukascopy/EURUSD/2026-02-26T13", "rows": 0} | second,
        ],
        "DUKASCOPY:USD/JPY": [
            "1772107200007-0",
            yen | {"batch": "dukascopy/USDJPY/2026-02-26T12", "rows": 1} | first,
        ],
    }


def test_ticks_replace_an_hour_only_with_replace(kafka_settings, topic, read_topic, tmp_path):
    put(tmp_path, "EURUSD/2026/01/26/12", GOOD)
    dukascopy.publish(kafka_settings, tmp_path, topic=topic, replace=True)
    dukascopy.publish(kafka_settings, tmp_path, topic=topic, replace=True)
    first, first_end, second, second_end = (json.loads(r.value) for r in read_topic(topic))
    assert first["flags"] == ["backfill", "replace"]
    assert first_end["replace"] is True
    assert first["batch"] == first_end["batch"] != second["batch"] == second_end["batch"]


def test_a_corrupt_hour_is_reported_and_the_others_are_sent(
    kafka_settings, topic, read_topic, tmp_path
):
    put(tmp_path, "EURUSD/2026/01/26/11", GOOD)
    bad = put(tmp_path, "EURUSD/2026/01/26/12", (6, 3, 2, 1.0, 1.0), (5, 3, 2, 1.0, 1.0))
    put(tmp_path, "EURUSD/2026/01/26/13", GOOD)
    stray = put(tmp_path, "EURUSD/2026/12/26/13", GOOD)
    published = dukascopy.publish(kafka_settings, tmp_path, topic=topic)
    assert published.count == 2
    assert [line.split(": ")[0] for line in published.failures] == [str(stray), str(bad)]
    messages = [json.loads(record.value) for record in read_topic(topic)]
    batches = {message["batch"] for message in messages if message["kind"] == "batch_end"}
    assert batches == {"dukascopy/EURUSD/2026-02-26T11", "dukascopy/EURUSD/2026-02-26T13"}


@pytest.mark.skipif(not REAL.is_dir(), reason=f"needs a day of real EUR/USD below {REAL}")
def test_a_real_day_gives_the_candles_of_dukascopy_itself():
    hours, _ = dukascopy.find(REAL)
    minutes = defaultdict(list)
    for hour in hours:
        quotes = decode(hour.path.read_bytes())
        for tick in ticks_of(EURUSD, hour.start, quotes):
            at = datetime.fromisoformat(tick["event_time"])
            bid, size = Decimal(tick["bid"]), Decimal(tick["bid_size"])
            minutes[at.hour * 60 + at.minute].append((bid, size))
    packed = (REAL / "EURUSD/2019/01/04/BID_candles_min_1.bi5").read_bytes()
    data = lzma.decompress(packed, format=lzma.FORMAT_ALONE)
    compared = 0
    for second, *points, volume in struct.iter_unpack(">IIIIIf", data):
        if ticks := minutes.get(second // 60):
            bids = [bid for bid, _ in ticks]
            expected = [Decimal(point) / 100_000 for point in points]
            assert [bids[0], bids[-1], min(bids), max(bids)] == expected
            assert float(sum(size for _, size in ticks)) == pytest.approx(volume * 1e6, rel=1e-6)
            compared += 1
        else:
            assert volume == 0
    assert compared == len(minutes) > 1_400
    assert [hour.start.hour for hour in hours] == list(range(24))
    assert sum(map(len, minutes.values())) == 136_741
