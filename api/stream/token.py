"""Resume tokens: a place in the stream, down to the event within a large commit.

A token grants nothing. Its parts are those that a client's stream has; most are a commit alone.
"""

import base64
import binascii
from datetime import datetime
from typing import Annotated

import msgspec

from api.stream.events import Position

MOST_BEHIND = 32  # symbols whose bars lag behind the others and that a token names

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Key(msgspec.Struct, frozen=True, array_like=True):
    """An event within history, or within a commit: the last one that was given."""

    kind: str  # trades or quotes
    symbol: str
    ts: Time | None = None  # None: before the first of the symbol
    ns: int = 0
    seq: int = 0
    tick_id: str | None = None
    action: str = ""
    ties: int = 1


class Place(msgspec.Struct, frozen=True, array_like=True):
    """How far bars have been given.

    All that changes up to `number` revise, and all that are final and end at or before `until`; of
    the symbols in `behind`, those that end by another time.
    """

    number: int
    until: Time
    behind: dict[str, Time] = {}


class Token(msgspec.Struct, frozen=True, array_like=True):
    """A place in the stream."""

    position: Position
    bars: Place | None = None  # of a stream with bars
    sources: dict[str, list[str]] = {}  # the symbols of each source, where there are several
    part: Key | None = None  # of the commit after `position`, up to which it was given
    history: Key | None = None  # up to which history was given, as of `position`
    since: tuple[Time, int] | None = None  # from where the stream has events, and nanoseconds


def write(token: Token) -> str:
    """Returns the text of a token."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(token)).decode().rstrip("=")


def read(text: str) -> Token | None:
    """Returns the token in a text, None if it is none."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(raw, type=Token)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
