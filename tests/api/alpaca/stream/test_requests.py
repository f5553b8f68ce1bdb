"""Messages of a client: bytes in, a request or an error out."""

import pytest

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.requests import Auth, Subscribe, Unsubscribe, parse
from api.alpaca.stream.wire import JSON, MSGPACK


def test_auth_has_two_keys() -> None:
    assert parse(JSON, b'{"action":"auth","key":"a","secret":"b"}') == Auth("a", "b")
    assert parse(JSON, b'{"action":"auth","key":null,"secret":"b"}') == Auth(None, "b")


def test_a_message_of_alpaca_py_in_messagepack_is_a_subscription() -> None:
    # {"trades": ["AAPL"], "bars": ["*"], "action": "subscribe"}
    data = b"\x83\xa6trades\x91\xa4AAPL\xa4bars\x91\xa1*\xa6action\xa9subscribe"
    request = parse(MSGPACK, data)
    assert isinstance(request, Subscribe)
    assert request.served == {"trades": ["AAPL"], "bars": ["*"]}
    assert request.not_served == []


def test_all_channels_are_taken_and_each_symbol_once() -> None:
    request = parse(
        JSON,
        b'{"action":"unsubscribe","trades":["A","B","A"],"quotes":["A"],"bars":["A"],'
        b'"updatedBars":["A"],"dailyBars":["BTC/USD"]}',
    )
    assert isinstance(request, Unsubscribe)
    assert request.served == {
        "trades": ["A", "B"],
        "quotes": ["A"],
        "bars": ["A"],
        "updatedBars": ["A"],
        "dailyBars": ["BTC/USD"],
    }


def test_channels_that_are_not_served_are_told_apart() -> None:
    request = parse(JSON, b'{"action":"subscribe","trades":["A"],"statuses":["*"],"news":["A"]}')
    assert isinstance(request, Subscribe)
    assert request.served == {"trades": ["A"]}
    assert request.not_served == ["statuses", "news"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"subscribe"',
        b"{}",
        b'{"trades":["A"]}',
        b'{"action":"listen"}',
        b'{"action":1}',
        b'{"action":"subscribe"}',
        b'{"action":"subscribe","trades":[]}',
        b'{"action":"subscribe","trades":"A"}',
        b'{"action":"subscribe","trades":[1]}',
        b'{"action":"subscribe","trades":[""]}',
        b'{"action":"subscribe","trades":["A\\n"]}',
        b'{"action":"subscribe","trades":["%b"]}' % (b"x" * 129),
        b'{"action":"subscribe","trade":["A"]}',
        b'{"action":"auth","key":1}',
        b'\xff{"action":"auth"}',
        b"[" * 100_000,
        b'{"action":"auth","x":' + b"[" * 100_000,
    ],
)
def test_anything_else_is_invalid_syntax_and_the_connection_goes_on(data: bytes) -> None:
    with pytest.raises(StreamError) as raised:
        parse(JSON, data)
    assert raised.value.code is Code.SYNTAX
    assert not raised.value.is_fatal
    assert raised.value.message()["msg"].startswith("invalid syntax: ")


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x81", b"\x90", b"{}", b"\x93" * 100_000])
def test_malformed_messagepack_is_invalid_syntax(data: bytes) -> None:
    with pytest.raises(StreamError) as raised:
        parse(MSGPACK, data)
    assert raised.value.code is Code.SYNTAX


def test_a_misspelt_channel_is_named() -> None:
    with pytest.raises(StreamError) as raised:
        parse(JSON, b'{"action":"subscribe","trade":["A"]}')
    assert raised.value.message() == {
        "T": "error",
        "code": 400,
        "msg": "invalid syntax: object contains unknown field `trade`",
    }


def test_an_error_without_a_detail_has_the_words_of_alpaca() -> None:
    error = StreamError(Code.TOO_MANY_CONNECTIONS)
    assert error.is_fatal
    assert error.message() == {"T": "error", "code": 406, "msg": "connection limit exceeded"}
