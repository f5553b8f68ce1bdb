"""Alpaca's login: key and secret in the first message of a connection, or in headers over HTTP."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from db.errors import SettingsError
from ingest.feed.decoded import json_of
from ingest.feed.source import BadFrame, Connection, CredentialsRefused
from ingest.feed.texts import line

LOGIN_SECONDS = 10.0  # Alpaca waits no longer either
# Codes of errors that another attempt does not mend: of key and secret, of the plan, of the scope.
REFUSED = {401, 402, 403, 409, 411}
IN_USE = 406


class Key(NamedTuple):
    """A key with its secret."""

    id: str
    secret: str

    def __repr__(self) -> str:
        return "Key()"  # a secret never gets into a log


def key_of(token: str) -> Key:
    """Returns the key in a token; raises SettingsError, which does not show it."""
    if not token:
        raise SettingsError(
            "alpaca needs a key and its secret: set STOCKPULSE_ALPACA_TOKEN to KEY:SECRET, or "
            "STOCKPULSE_ALPACA_TOKEN_FILE to a file with that"
        )
    key, colon, secret = token.partition(":")
    if not colon or not key.strip() or not secret.strip():
        raise SettingsError(
            "the token of alpaca is the key and its secret with a colon between them: KEY:SECRET"
        )
    return Key(key.strip(), secret.strip())


def headers(token: str) -> dict[str, str]:
    """Returns the login of a request over HTTP; raises SettingsError."""
    key = key_of(token)
    return {"APCA-API-KEY-ID": key.id, "APCA-API-SECRET-KEY": key.secret}


async def login(connection: Connection, key: Key) -> None:
    """Logs in; raises CredentialsRefused, ConnectionError or TimeoutError."""
    async with asyncio.timeout(LOGIN_SECONDS):
        await _wait_for(connection, "connected")
        request = {"action": "auth", "key": key.id, "secret": key.secret}
        await connection.send(msgspec.json.encode(request).decode())
        await _wait_for(connection, "authenticated")


async def _wait_for(connection: Connection, state: str) -> None:
    while True:
        for item in _items(await connection.recv(decode=False)):
            if item.get("T") == "error":
                raise _refusal(item)
            if item.get("T") == "success" and item.get("msg") == state:
                return


def _items(frame: bytes) -> list[dict[str, Any]]:
    try:
        items = json_of(frame)
    except BadFrame:
        items = None
    if not isinstance(items, list):
        raise ConnectionError("Alpaca's answer to the login cannot be read")
    return [item for item in items if isinstance(item, dict)]


def error_of(item: Mapping[str, Any]) -> tuple[int, str]:
    """Returns the code of an error, 0 if it is none, and what there is to tell."""
    code = item.get("code")
    found = code if isinstance(code, int) else 0
    return found, line(f"{item.get('msg')} (error {found})")


def _refusal(item: dict[str, Any]) -> Exception:
    code, text = error_of(item)
    if code in REFUSED:
        return CredentialsRefused(f"Alpaca refuses the key, or its plan lacks the feed: {text}")
    if code == IN_USE:
        # also for a minute or two after a connection that broke without a closing frame
        return ConnectionError(f"another connection with this key is open at Alpaca: {text}")
    return ConnectionError(f"Alpaca refuses the login: {text}")
