"""Where a stream begins: now, at a time in history, or at the place in a resume token."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from api.errors import InvalidParameter
from api.names import SYMBOLS_AT_ONCE
from api.pool import Reader
from api.stream.events import BEGINNING, DEFAULT, Position
from api.stream.history import History
from api.stream.sources import expanded
from api.stream.subscription import EVERY, Subscription
from api.stream.token import Cursor, Past, Place, Token
from api.stream.view import Since, View
from db import sql


class Opening(NamedTuple):
    """What a client follows, and where it is."""

    subscription: Subscription
    since: Since | None
    cursor: Cursor
    place: Place | None  # of bars; None: where live ones begin
    past: Past | None  # in history; None: it is not in it
    is_new: bool  # it begins where live events do


async def opening(
    reader: Reader, subscription: Subscription, since: Since | None, token: Token | None
) -> Opening:
    """Returns where the stream begins; raises Problem.

    Symbols whose source the subscription does not name get the one that the token names, or that
    queries without a source mean.
    """
    if token is not None:
        return await _resumed(reader, subscription, token)
    position, sources = await sources_of(reader, _without_source(subscription))
    subscription = _with_sources(subscription, sources)
    cursor = Cursor(position)
    if since is None:
        return Opening(subscription, None, cursor, None, None, is_new=True)
    past = History(View(subscription, since), (DEFAULT,)).start
    place = Place(position.number, since[0]) if subscription.has_bars else None
    return Opening(subscription, since, cursor, place, past, is_new=False)


async def sources_of(reader: Reader, symbols: Iterable[str]) -> tuple[Position, dict[str, str]]:
    """Returns the newest commit, or an older one, and the sources of the symbols as of it."""
    found: dict[str, str] = {}
    position = None
    names = sorted(symbols)
    for some in [names[:SYMBOLS_AT_ONCE], *_chunks(names[SYMBOLS_AT_ONCE:])]:
        row = await reader.fetch_row(sql.load("api.stream", "opening"), symbols=some)
        assert row is not None
        number, mark, sources = row
        position = position or (BEGINNING if number is None else Position(number, mark))
        found |= {name: source for name, source in zip(some, sources, strict=True) if source}
    assert position is not None
    return position, found


async def _resumed(reader: Reader, subscription: Subscription, token: Token) -> Opening:
    is_same = token.digest == subscription.digest
    if token.past is not None and not is_same:
        raise InvalidParameter(
            "resume",
            "is a place in the history of other symbols or channels; ask for the same ones",
        )
    missing = _without_source(subscription)
    if is_same and token.sources:
        sources = expanded(token.sources, missing)
    else:
        _, sources = await sources_of(reader, missing)
    return Opening(
        _with_sources(subscription, sources),
        token.since,
        token.cursor,
        token.bars if subscription.has_bars else None,
        token.past,
        is_new=False,
    )


def _without_source(subscription: Subscription) -> set[str]:
    return set(subscription.symbols() - {EVERY} - subscription.sources.keys())


def _with_sources(subscription: Subscription, sources: dict[str, str]) -> Subscription:
    return msgspec.structs.replace(subscription, sources={**sources, **subscription.sources})


def _chunks(names: list[str]) -> Iterable[list[str]]:
    return (
        names[first : first + SYMBOLS_AT_ONCE] for first in range(0, len(names), SYMBOLS_AT_ONCE)
    )
