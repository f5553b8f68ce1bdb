"""Places that no message of a stream had: they are refused, and do no harm to other clients."""

import base64
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from api.stream import token
from api.stream.events import BEGINNING, Order, Position
from api.stream.token import Cursor, Past, Place, Token
from tests.api.stream.clients import websocket

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)
PAST = Past("trades", "sim", "AAPL", NOON)
ORDER = Order(1, False, NOON, True, 0, 0, True, "x", False, "AAPL", "sim")
CURSOR = Cursor()


def changed(past: Past, **changes: Any) -> Past:
    return msgspec.structs.replace(past, **changes)


@pytest.mark.parametrize(
    "place",
    [
        Token(Cursor(Position(-1, 0))),
        Token(Cursor(Position(2**62, 0))),
        Token(Cursor(Position(1, 2**63))),
        Token(Cursor(BEGINNING, ORDER._replace(symbol="A\0"))),
        Token(Cursor(BEGINNING, ORDER._replace(ns=2**40))),
        Token(Cursor(BEGINNING, ORDER._replace(seq=2**63))),
        Token(CURSOR, past=PAST),
        Token(CURSOR, since=(NOON, 2**40)),
        Token(CURSOR, since=(NOON, 0), past=changed(PAST, tick_id="\0")),
        Token(CURSOR, since=(NOON, 0), past=changed(PAST, ns=2**20)),
        Token(CURSOR, Place(2**63, NOON)),
        Token(CURSOR, sources={"si\0m": []}),
        Token(CURSOR, sources={"sim": ["A\0"]}),
    ],
)
def test_a_place_that_the_database_would_not_take_is_none(place: Token) -> None:
    assert token.read(token.write(place)) is None


def test_a_place_that_was_written_is_read() -> None:
    place = Token(
        Cursor(Position(2**62 - 1, -(2**63)), ORDER),
        Place(1, NOON, {"1m AAPL": NOON}),
        (NOON, 999),
        PAST,
        {"sim": [], "other": ["A", ""]},
        b"digest",
    )
    assert token.read(token.write(place)) == place


def test_a_place_that_nobody_was_given_is_refused(api: httpx.Client) -> None:
    text = token.write(Token(CURSOR, sources={"si\0m": []}))
    for parameters, headers in [({"resume": text}, {}), ({}, {"Last-Event-ID": text})]:
        answer = api.get("/v1/stream", params={"symbols": "A"} | parameters, headers=headers)
        assert answer.status_code == 422
        assert "resume is not a place" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["x", "=", "é", "a" * 4000, base64.b64encode(b"[]").decode()])
def test_rubbish_is_refused(api: httpx.Client, text: str) -> None:
    headers = {b"Last-Event-ID": text.encode()}
    answer = api.get("/v1/stream", params={"symbols": "A"}, headers=headers)
    assert answer.status_code == 422
    with websocket(api, symbols="A", resume=text) as socket:
        assert "resume is not a place" in str(socket.recv(timeout=20))
