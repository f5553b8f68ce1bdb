"""Events of /v1/stream in, Alpaca's messages out; the loader reads them back."""

from decimal import Decimal

import msgspec
import pytest

from api.alpaca.stream import events
from api.alpaca.stream.events import Message
from api.alpaca.stream.wire import JSON, MSGPACK
from ingest.formats import alpaca
from ingest.formats.amendments import Cancel, Correction
from ingest.formats.events import Trade

_decimal = msgspec.json.Decoder(float_hook=Decimal)

TRADE = (
    b'{"type":"trade","action":"new","symbol":"AAPL","source":"alpaca",'
    b'"t":"2026-02-27T12:05:00.123456789Z","p":189.50,"s":100,"side":"buy","x":"V",'
    b'"c":["@","I"],"i":"V:52983","z":"C"}'
)
BARE_TRADE = (
    b'{"type":"trade","action":"new","symbol":"X","source":"sim","t":"2026-02-27T12:05:00Z",'
    b'"p":0.0000001,"s":null,"side":null,"x":null,"c":null,"i":"8f3a","z":null}'
)
QUOTE = (
    b'{"type":"quote","action":"new","symbol":"AAPL","source":"alpaca",'
    b'"t":"2026-02-27T12:05:00.5Z","bp":189.49,"bs":2,"ap":189.51,"as":0.5,"x":"V/Q",'
    b'"c":["R"],"i":"9","z":"C"}'
)
BAR = (
    b'{"type":"bar","symbol":"AAPL","timeframe":"1m","final":true,"t":"2026-02-27T12:05:00Z",'
    b'"o":189.50,"h":190,"l":189,"c":189.70,"v":300,"n":3,"vw":189.6}'
)


def test_a_trade_in_json() -> None:
    message = events.trade(JSON, TRADE)
    assert message.type == "t"
    assert message.body == (
        b'{"p":189.50,"s":100,"c":["@","I"],"t":"2026-02-27T12:05:00.123456789Z","i":52983,'
        b'"x":"V","z":"C","tks":"B"}'
    )


def test_a_trade_in_messagepack() -> None:
    assert events.trade(MSGPACK, TRADE).body == (
        b"\x88\xa1p\xcb\x40\x67\xb0\x00\x00\x00\x00\x00\xa1s\x64\xa1c\x92\xa1@\xa1I"
        b"\xa1t\xd7\xff\x1d\x6f\x34\x54\x69\xa1\x88\x6c\xa1i\xcd\xce\xf7\xa1x\xa1V\xa1z\xa1C"
        b"\xa3tks\xa1B"
    )


def test_what_a_source_did_not_send_is_absent_and_a_size_0() -> None:
    assert events.trade(JSON, BARE_TRADE).body == (
        b'{"p":0.0000001,"s":0,"c":[],"t":"2026-02-27T12:05:00Z"}'
    )


@pytest.mark.parametrize(
    ("tick_id", "expected"),
    [
        (b"0", b'"i":0'),
        (b"V:7", b'"i":7'),
        (b"999999999999999999", b'"i":999999999999999999'),
        (b"1000000000000000000", b""),
        (b"007", b""),
        (b"a:b:7", b""),
    ],
)
def test_an_id_is_there_if_it_is_a_number(tick_id: bytes, expected: bytes) -> None:
    body = events.trade(JSON, BARE_TRADE.replace(b"8f3a", tick_id)).body
    assert body.partition(b',"i":')[2][:-1] == expected.removeprefix(b'"i":')


def test_a_quote_has_the_exchange_of_each_side() -> None:
    assert events.quote(JSON, QUOTE) == Message(
        "q",
        b'{"bp":189.49,"bs":2,"ap":189.51,"as":0.5,"c":["R"],"t":"2026-02-27T12:05:00.5Z",'
        b'"bx":"V","ax":"Q","z":"C"}',
    )


def test_a_side_without_a_price_is_0_and_has_no_exchange() -> None:
    event = QUOTE.replace(b'"bp":189.49,"bs":2', b'"bp":null,"bs":null').replace(b"V/Q", b"Q")
    message = events.quote(JSON, event)
    assert message is not None
    assert message.body.startswith(b'{"bp":0,"bs":0,"ap":189.51,')
    assert message.body.endswith(b',"ax":"Q","z":"C"}')


def test_a_cancelled_quote_has_no_message() -> None:
    assert events.quote(JSON, QUOTE.replace(b'"new"', b'"cancelled"')) is None


def test_a_corrected_trade_is_a_correction_with_what_it_was() -> None:
    event = TRADE.replace(b'"new"', b'"corrected"')[:-1] + (
        b',"was":{"t":"2026-02-27T12:05:00Z","i":"V:52980","p":18.95,"s":90,"c":["@"]}}'
    )
    assert events.trade(JSON, event) == Message(
        "c",
        b'{"x":"V","op":18.95,"os":90,"oc":["@"],"cp":189.50,"cs":100,"cc":["@","I"],"z":"C",'
        b'"t":"2026-02-27T12:05:00.123456789Z","oi":52980,"ci":52983}',
    )


def test_a_correction_of_an_unknown_original_has_0_for_it() -> None:
    event = TRADE.replace(b'"new"', b'"corrected"')[:-1] + (
        b',"was":{"t":"2026-02-27T12:05:00Z","i":"V:52980"}}'
    )
    assert b'"op":0,"os":0,"oc":[]' in events.trade(JSON, event).body


def test_a_cancelled_trade_is_a_cancel() -> None:
    assert events.trade(JSON, TRADE.replace(b'"new"', b'"cancelled"')) == Message(
        "x",
        b'{"x":"V","p":189.50,"s":100,"z":"C","t":"2026-02-27T12:05:00.123456789Z","a":"C",'
        b'"i":52983}',
    )


def test_a_cancel_has_an_exchange_that_alpaca_py_takes() -> None:
    event = BARE_TRADE.replace(b'"new"', b'"cancelled"')
    assert events.trade(JSON, event).body.startswith(b'{"x":"E",')


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"", b"", "b"),
        (b'"final":true', b'"final":true,"revised":true', "u"),
        (b'"final":true', b'"final":false', None),
        (b'"1m"', b'"5m"', None),
        (b'"1m"', b'"1d"', "d"),
        (b'"1m","final":true', b'"1d","final":false', "d"),
    ],
)
def test_the_type_of_a_bar(old: bytes, new: bytes, expected: str | None) -> None:
    message = events.bar(JSON, BAR.replace(old, new, 1) if old else BAR)
    assert (message and message.type) == expected


def test_a_bar_has_its_numbers_and_null_where_they_are_not_known() -> None:
    message = events.bar(JSON, BAR)
    assert message is not None
    assert message.body == (
        b'{"o":189.50,"h":190,"l":189,"c":189.70,"v":300,"n":3,"vw":189.6,'
        b'"t":"2026-02-27T12:05:00Z"}'
    )
    bare = events.bar(JSON, BAR.replace(b'"v":300,"n":3,"vw":189.6', b'"v":0,"n":null,"vw":null'))
    assert bare is not None
    assert b'"v":0,"n":null,"vw":null' in bare.body


def test_a_bar_in_messagepack() -> None:
    message = events.bar(MSGPACK, BAR.replace(b"189.50", b"0.5"))
    assert message is not None
    assert message.body.startswith(b"\x88\xa1o\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00\xa1h\xcb")
    assert message.body.endswith(b"\xa1t\xd7\xff\x00\x00\x00\x00\x69\xa1\x88\x6c")


def test_the_loader_reads_a_trade_of_this_stream_as_it_was() -> None:
    message = events.trade(JSON, TRADE)
    payload = _decimal.decode(JSON.event(message.type, "AAPL", message.body))
    assert alpaca.recognises(payload)
    found = alpaca.decode(payload, None)
    assert isinstance(found, list)
    [read] = found
    assert isinstance(read, Trade)
    assert (read.symbol, read.price, read.size) == ("AAPL", Decimal("189.50"), Decimal(100))
    assert (read.us, read.ns) == (825_509_100_123_456, 789)  # since 2000
    assert (read.tick_id, read.exchange, read.tape, read.side) == ("52983", "V", "C", "buy")


@pytest.mark.parametrize(
    ("action", "kind"), [(b'"cancelled"', Cancel), (b'"corrected"', Correction)]
)
def test_the_loader_reads_amendments_of_this_stream(action: bytes, kind: type) -> None:
    was = b',"was":{"t":"2026-02-27T12:05:00Z","i":"V:52980"}}'
    message = events.trade(JSON, TRADE.replace(b'"new"', action)[:-1] + was)
    payload = _decimal.decode(JSON.event(message.type, "AAPL", message.body))
    assert alpaca.recognises(payload)
    found = alpaca.decode(payload, None)
    assert isinstance(found, list)
    assert [type(read) for read in found] == [kind]
