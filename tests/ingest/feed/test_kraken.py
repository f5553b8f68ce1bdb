"""Kraken's frames: exact numbers, ids that tell what is missing, what is good of a bad frame."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from db.errors import UsageError
from ingest.feed.source import (
    Acknowledged,
    BadFrame,
    Goodbye,
    Missed,
    Notice,
    Options,
    Refused,
)
from ingest.formats.instrument import Instrument
from ingest.sources import kraken

NOW = datetime(2026, 2, 27, 12, 5, 0, 200_000, tzinfo=UTC)
PAIR = "KRAKEN:BTC/USD"


def source():
    return kraken.source(Options(symbols=("BTC/USD",)))


def trade(id_, second="00.123456", price="64012.10", symbol="BTC/USD"):
    return (
        f'{{"symbol":"{symbol}","side":"buy","price":{price},"qty":0.00310000,'
        f'"ord_type":"limit","trade_id":{id_},"timestamp":"2026-02-27T12:05:{second}Z"}}'
    )


def frame(*trades, kind="update"):
    return f'{{"channel":"trade","type":"{kind}","data":[{",".join(trades)}]}}'.encode()


def ids(reading):
    return [json.loads(message.value)["seq"] for message in reading.messages]


def missed(reading):
    return [(fact.first_id, fact.last_id) for fact in reading.facts if isinstance(fact, Missed)]


def test_a_trade_becomes_a_message_with_the_digits_of_the_venue():
    reading = source().read(frame(trade(77001)), NOW)
    [message] = reading.messages
    assert message.key == PAIR
    assert json.loads(message.value) == {
        "v": 1,
        "kind": "trade",
        "source": "kraken",
        "symbol": PAIR,
        "event_time": "2026-02-27T12:05:00.123456Z",
        "received_at": "2026-02-27T12:05:00.200000Z",
        "price": "64012.10",
        "size": "0.00310000",
        "side": "buy",
        "seq": 77001,
        "dedupe_id": "77001",
    }
    assert reading.newest == datetime(2026, 2, 27, 12, 5, 0, 123_456, tzinfo=UTC)


def test_numbers_keep_18_digits_and_are_never_written_with_an_exponent():
    text = trade(1, price="0.000000012345678901").replace("0.00310000", "1e-8")
    [message] = source().read(frame(text), NOW).messages
    sent = json.loads(message.value)
    assert (sent["price"], sent["size"]) == ("0.000000012345678901", "0.00000001")


def test_nanoseconds_of_the_venue_are_kept_as_they_are():
    [message] = source().read(frame(trade(1, "59.999999900")), NOW).messages
    assert json.loads(message.value)["event_time"] == "2026-02-27T12:05:59.999999900Z"


def test_a_ticker_becomes_a_quote_and_its_daily_volume_is_no_size():
    text = b"""{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD",
        "bid":105944.20,"bid_qty":2.5,"ask":105944.30,"ask_qty":3.20000000,"last":105899.40,
        "volume":163.28908096,"vwap":105904.39279,"low":104711.00,"high":106613.10,"change":250.00,
        "change_pct":0.24,"timestamp":"2022-12-25T09:30:59.123456Z"}]}"""
    [message] = source().read(text, NOW).messages
    assert json.loads(message.value) == {
        "v": 1,
        "kind": "quote",
        "source": "kraken",
        "symbol": PAIR,
        "event_time": "2022-12-25T09:30:59.123456Z",
        "received_at": "2026-02-27T12:05:00.200000Z",
        "bid": "105944.20",
        "bid_size": "2.5",
        "ask": "105944.30",
        "ask_size": "3.20000000",
        "dedupe_id": "2.5@105944.20/3.20000000@105944.30",
        "flags": ["snapshot"],
    }


def test_a_ticker_without_a_time_has_that_of_its_receipt_and_says_so():
    text = (
        b'{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1.0,"bid_qty":2,'
        b'"ask":1.5,"ask_qty":3}]}'
    )
    [message] = source().read(text, NOW).messages
    sent = json.loads(message.value)
    assert (sent["event_time"], sent["flags"]) == ("2026-02-27T12:05:00.200000Z", ["recv_time"])


def test_a_jump_of_ids_is_reported_with_the_times_around_it():
    feed = source()
    feed.read(frame(trade(10, "01.0")), NOW)
    reading = feed.read(frame(trade(14, "05.5"), trade(15, "06.0")), NOW)
    assert [fact for fact in reading.facts if isinstance(fact, Missed)] == [
        Missed(
            PAIR,
            "trade",
            datetime(2026, 2, 27, 12, 5, 1, tzinfo=UTC),
            datetime(2026, 2, 27, 12, 5, 5, 500_000, tzinfo=UTC),
            "11",
            "13",
        )
    ]
    assert ids(reading) == [14, 15]


def test_a_late_or_repeated_trade_is_published_and_no_gap():
    feed = source()
    feed.read(frame(trade(10, "01.0"), trade(11, "02.0")), NOW)
    reading = feed.read(frame(trade(10, "01.0"), trade(11, "02.0"), trade(12, "03.0")), NOW)
    assert (ids(reading), missed(reading)) == ([10, 11, 12], [])


def test_a_sequence_that_starts_anew_is_followed():
    feed = source()
    feed.read(frame(trade(500, "01.0")), NOW)
    feed.read(frame(trade(3, "02.0")), NOW)
    assert missed(feed.read(frame(trade(4, "03.0")), NOW)) == []
    assert missed(feed.read(frame(trade(7, "04.0")), NOW)) == [("5", "6")]


@pytest.mark.anyio
async def test_a_snapshot_that_meets_the_last_trade_closes_the_gap():
    feed = source()
    wanted = feed.subscriptions(Options(symbols=("BTC/USD",)))
    await feed.subscribe(Silent(), wanted)
    feed.read(frame(trade(10, "01.0")), NOW)
    await feed.subscribe(Silent(), wanted)  # of the next connection
    reading = feed.read(
        frame(trade(9, "00.5"), trade(10, "01.0"), trade(11, "07.0"), kind="snapshot"), NOW
    )
    assert ids(reading) == [11]
    assert reading.facts == [
        Acknowledged(PAIR, "trade", datetime(2026, 2, 27, 12, 5, 1, tzinfo=UTC))
    ]
    assert reading.newest is None  # the age of a snapshot is no lag


@pytest.mark.anyio
async def test_a_snapshot_that_does_not_reach_back_reports_what_is_missing():
    feed = source()
    wanted = feed.subscriptions(Options(symbols=("BTC/USD",)))
    await feed.subscribe(Silent(), wanted)
    feed.read(frame(trade(10, "01.0")), NOW)
    await feed.subscribe(Silent(), wanted)
    reading = feed.read(frame(trade(70, "30.0"), kind="snapshot"), NOW)
    assert missed(reading) == [("11", "69")]


def test_the_answer_to_a_subscription_gives_the_time_of_the_venue():
    text = b"""{"method":"subscribe","result":{"channel":"ticker","symbol":"BTC/USD",
        "snapshot":true,"warnings":["too slow"]},"success":true,
        "time_in":"2023-09-25T09:04:31.742599Z",
        "time_out":"2023-09-25T09:04:31.742648Z","req_id":1}"""
    since = datetime(2023, 9, 25, 9, 4, 31, 742_648, tzinfo=UTC)
    assert source().read(text, since + timedelta(seconds=2)).facts == [
        Acknowledged(PAIR, "quote", since),
        Notice("BTC/USD: too slow"),
    ]


def test_a_wrong_clock_of_the_venue_does_not_claim_the_past():
    text = b"""{"method":"subscribe","result":{"channel":"trade","symbol":"BTC/USD"},
        "success":true,"time_out":"2026-02-27T11:05:00Z"}"""
    [fact] = source().read(text, NOW).facts
    assert fact.since == NOW - timedelta(seconds=10)


def test_a_live_trade_with_a_wrong_time_does_not_claim_the_past():
    old = trade(77001).replace("2026-02-27", "2001-02-27")
    [fact] = source().read(frame(old), NOW).facts
    assert fact.since == NOW - timedelta(seconds=10)


def test_a_jump_of_ids_while_times_go_back_is_a_gap_in_order():
    feed = source()
    feed.read(frame(trade(10, "05.0")), NOW)
    [gap] = feed.read(frame(trade(14, "04.5")), NOW).facts
    assert (gap.since, gap.until) == tuple(
        datetime(2026, 2, 27, 12, 5, *at, tzinfo=UTC) for at in ((4, 500_000), (5, 0))
    )


BAD_TRADES = {
    "a million digits": ("64012.10", "1e999999"),
    "a number beyond memory": ("64012.10", "1e99999999999"),
    "4,000 digits": ("64012.10", "9" * 4000),
    "below zero": ("0.00310000", "-1"),
    "a negative id": ('"trade_id":2', '"trade_id":-2'),
    "an id beyond 64 bits": ('"trade_id":2', f'"trade_id":{2**64 + 5}'),
    "the first moment": ("2026-02-27T12:05:00.123456Z", "0001-01-01T00:00:00+14:00"),
    "the last moment": ("2026-02-27T12:05:00.123456Z", "9999-12-31T23:59:59.999999-14:00"),
    "no time": ("2026-02-27T12:05:00.123456Z", "yesterday"),
    "a long symbol": ("BTC/USD", "B" * 200),
    "no text": ("BTC/USD", "\xff"),
}


@pytest.mark.parametrize("old, new", BAD_TRADES.values(), ids=BAD_TRADES)
def test_a_trade_that_no_loader_stores_is_a_fault_and_its_id_is_missed(old, new):
    bad = trade(2).replace(old, new).encode("latin-1")
    text = frame(trade(1), "BAD", trade(3)).replace(b"BAD", bad)
    reading = source().read(text, NOW)
    assert ids(reading) == [1, 3]
    assert missed(reading) == [("2", "2")]
    assert 0 < len(reading.fault) < 500


def test_a_quote_that_no_loader_stores_is_a_fault():
    item = (
        '{"symbol":"BTC/USD","bid":%s,"bid_qty":2,"ask":1.5,"ask_qty":3,'
        '"timestamp":"2026-02-27T12:05:00Z"}'
    )
    text = f'{{"channel":"ticker","type":"update","data":[{item % "1e999999"},{item % "1"}]}}'
    reading = source().read(text.encode(), NOW)
    assert [json.loads(one.value)["bid"] for one in reading.messages] == ["1"]
    assert reading.fault


def test_a_refused_symbol_is_named():
    text = b"""{"method":"subscribe","success":false,"req_id":7,"symbol":"ABC/USD",
        "error":"Currency pair not supported ABC/USD"}"""
    refused = [
        Refused("KRAKEN:ABC/USD", kind, "Currency pair not supported ABC/USD")
        for kind in ("trade", "quote")
    ]
    assert source().read(text, NOW).facts == refused


def test_a_refusal_of_all_ends_the_connection():
    text = b'{"method":"subscribe","success":false,"error":"Exceeded msg rate"}'
    assert source().read(text, NOW).facts == [Goodbye("Exceeded msg rate")]


@pytest.mark.parametrize(
    "text, alive",
    [
        (b'{"channel":"heartbeat"}', True),
        (b'{"method":"pong","req_id":42,"time_in":"2023-09-25T09:05:00.123456Z"}', False),
        (b'{"channel":"instrument","type":"update","data":{}}', True),
    ],
    ids=["heartbeat", "pong", "unknown channel"],
)
def test_a_frame_without_events_is_no_fault(text, alive):
    reading = source().read(text, NOW)
    assert (list(reading.messages), list(reading.facts)) == ([], [])
    assert (reading.is_alive, reading.fault) == (alive, "")


def test_maintenance_is_told():
    text = b'{"channel":"status","type":"update","data":[{"system":"maintenance"}]}'
    assert source().read(text, NOW).facts == [Notice("the system is maintenance")]


def test_what_is_good_of_a_bad_frame_is_published():
    bad = trade(2).replace('"qty":0.00310000,', "")
    reading = source().read(frame(trade(1), bad, trade(3)), NOW)
    assert ids(reading) == [1, 3]
    assert "qty" in reading.fault
    assert missed(reading) == [("2", "2")]


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 200_000,
        b'{"channel":"trade","data":' + b"[" * 200_000,
        b'{"method":"subscribe","success":true,"result":{"channel":["x"],"symbol":"BTC/USD"}}',
        b'{"method":"subscribe","success":true,"result":{"channel":"trade","symbol":"BTC/USD",'
        b'"warnings":7}}',
        b'{"method":"subscribe","success":true,"time_out":"0001-01-01T00:00:00+14:00",'
        b'"result":{"channel":"trade","symbol":"BTC/USD"}}',
        b"<html>",
        b"",
        b"[]",
        b"{}",
        b'"text"',
        b"\xff\xfe",
        b'{"channel":"trade","type":"update","data":7}',
    ],
)
def test_what_is_no_frame_is_refused(text):
    with pytest.raises(BadFrame):
        source().read(text, NOW)


@pytest.mark.parametrize("text", ["btc/usd", "XBT/USD", "KRAKEN:BTC/USD", " BTC/USD "])
def test_a_pair_is_written_as_the_venue_does(text):
    [one] = source().subscriptions(Options(symbols=(text,)))
    assert one[:3] == (PAIR, "trade", "BTC/USD")
    assert one.instrument == Instrument("crypto", "BTC", "USD", calendar="24/7")


@pytest.mark.parametrize("text", ["BTCUSD", "BTC/", "A/B/C"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(UsageError, match="write it like BTC/USD"):
        source().subscriptions(Options(symbols=(text,)))


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Silent:
    """A connection that is written to."""

    async def send(self, message):
        pass
