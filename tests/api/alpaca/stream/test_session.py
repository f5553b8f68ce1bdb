"""Keys in headers or in a message, and clients without one."""

import asyncio
import hashlib

import pytest

from api.alpaca.stream import session as session_module
from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.requests import Auth
from api.alpaca.stream.session import Session
from api.known_keys import ApiKey, KnownKeys
from db.connect import DatabaseAway
from tests.api.keys import KEY, OTHER

ADA = ("ada", None)


async def _fetch(_statement: str, *, key_sha256: bytes) -> tuple[object, ...] | None:
    return ADA if key_sha256 == _digest(KEY) else None


async def _away(_statement: str, *, key_sha256: bytes) -> tuple[object, ...] | None:
    raise DatabaseAway("away")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def authenticated(session: Session, auth: Auth) -> None:
    asyncio.run(session.authenticate(auth))


def failure(session: Session, auth: Auth) -> Code:
    with pytest.raises(StreamError) as raised:
        asyncio.run(session.authenticate(auth))
    return raised.value.code


@pytest.mark.parametrize("auth", [Auth("any", KEY), Auth(KEY, "any"), Auth(None, f" {KEY}\n")])
def test_the_key_is_the_secret_or_the_key(auth: Auth) -> None:
    session = Session(KnownKeys(_fetch), None, [])
    assert not session.may_read
    authenticated(session, auth)
    assert session.may_read
    assert session.key is not None
    assert session.key.name == "ada"


@pytest.mark.parametrize("auth", [Auth(), Auth("PK1", "secret"), Auth(OTHER, OTHER)])
def test_a_wrong_key_ends_the_connection(auth: Auth) -> None:
    session = Session(KnownKeys(_fetch), None, [])
    assert failure(session, auth) is Code.AUTH_FAILED
    assert not session.may_read


def test_without_keys_any_text_authenticates_and_none_is_needed() -> None:
    session = Session(None, None, [])
    assert session.may_read
    authenticated(session, Auth("any", "any"))
    assert failure(session, Auth("any", "any")) is Code.AUTHENTICATED_BEFORE


def test_a_key_in_the_headers_suffices() -> None:
    headers = [(b"apca-api-secret-key", KEY.encode())]
    session = Session(KnownKeys(_fetch), ApiKey(_digest(KEY), "ada", None), headers)
    assert session.may_read
    session.check_headers()
    assert failure(session, Auth("any", KEY)) is Code.AUTHENTICATED_BEFORE


def test_a_wrong_key_in_the_headers_is_told_but_an_old_cookie_is_not_one() -> None:
    Session(KnownKeys(_fetch), None, [(b"cookie", b"stockpulse_key=" + b"o" * 46)]).check_headers()
    with pytest.raises(StreamError) as raised:
        Session(KnownKeys(_fetch), None, [(b"apca-api-key-id", b"PK1")]).check_headers()
    assert raised.value.code is Code.AUTH_FAILED


def test_a_database_that_is_away_is_an_internal_error_that_says_so() -> None:
    session = Session(KnownKeys(_away), None, [])
    assert failure(session, Auth(KEY, KEY)) is Code.INTERNAL


def test_those_who_have_not_authenticated_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "MOST_STRANGERS", 1)
    first, second = (Session(KnownKeys(_fetch), None, []) for _ in range(2))
    first.enter()
    with pytest.raises(StreamError) as raised:
        second.enter()
    assert raised.value.code is Code.TOO_MANY_CONNECTIONS
    authenticated(first, Auth("any", KEY))
    second.enter()
    second.leave()
