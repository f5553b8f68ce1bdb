"""Resume tokens: a place in the stream, down to the event within a large commit.

A token grants nothing. Its parts are those that a client's stream has; most are a commit alone.
"""

import base64
import binascii
from typing import NamedTuple

import msgspec

from api.stream.bar_pieces import Piece
from api.stream.events import BEGINNING, Bigint, Nanoseconds, Number, Order, Position, Text, Time


class Cursor(NamedTuple):
    """A place in the log: all up to a commit, and of those after it what stands up to `part`."""

    position: Position = BEGINNING
    part: Order | None = None


class Past(msgspec.Struct, frozen=True, array_like=True):
    """The last event of history that was given; without a time, none of its symbol and later."""

    channel: Text
    source: Text
    symbol: Text
    ts: Time | None = None
    ns: Nanoseconds = 0
    seq: Bigint = 0
    tick_id: Text | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The bars that have been given.

    All that changes up to `number` revise, and all that are final and end at or before `until`; of
    the symbols in `behind`, a bounded number, those that end by another time.
    """

    number: Number
    until: Time
    behind: dict[str, Time] = {}
    stale: dict[str, list[Piece]] = {}  # final bars that are to be given as revised


class Token(msgspec.Struct, frozen=True, array_like=True):
    """A place in the stream."""

    cursor: Cursor
    bars: Place | None = None  # of a stream with bars
    since: tuple[Time, Nanoseconds] | None = None  # from where it has events
    past: Past | None = None  # how far history was given, as of the cursor
    sources: dict[Text, list[Text]] = {}  # of symbols, see api.stream.sources
    digest: bytes = b""  # of what the stream follows


def write(token: Token) -> str:
    """Returns the text of a token."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(token)).decode().rstrip("=")


def read(text: str) -> Token | None:
    """Returns the token in a text, None if it is none."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        token = msgspec.msgpack.decode(raw, type=Token)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return None if token.past is not None and token.since is None else token
