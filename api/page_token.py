"""Page tokens: the last row of the previous page and a digest of the query it belongs to.

A token grants nothing, so the digest needs no secret: it detects a token that is damaged or belongs
to another query.
"""

import base64
import binascii
import hashlib
from datetime import datetime
from typing import TypeVar

import msgspec

from api.errors import InvalidParameter

DIGEST_BYTES = 9

Place = TypeVar("Place", bound=msgspec.Struct)


class Position(msgspec.Struct, frozen=True, array_like=True):
    """The bar after which the next page begins."""

    symbol: str
    source: str | None  # None: it had none, only bars of vendors
    bucket: datetime


def write(position: msgspec.Struct, query: bytes) -> str:
    """Returns the token for the page of `query` that begins after `position`."""
    payload = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_digest(query, payload) + payload).decode().rstrip("=")


def read(token: str, query: bytes, kind: type[Place]) -> Place:
    """Returns the position in a token; raises InvalidParameter if it does not belong to `query`."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidParameter("page_token", "is not a page token") from None
    payload = raw[DIGEST_BYTES:]
    if raw[:DIGEST_BYTES] != _digest(query, payload):
        raise InvalidParameter("page_token", "does not belong to this query")
    return msgspec.json.decode(payload, type=kind)


def _digest(query: bytes, payload: bytes) -> bytes:
    # The length separates query and payload: no bytes can move from one to the other.
    head = len(query).to_bytes(4, "big")
    return hashlib.blake2b(head + query + payload, digest_size=DIGEST_BYTES).digest()
