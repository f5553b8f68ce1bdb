"""Places: how far the bars of a subscription have been given, as its resume token has it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain

import msgspec

from api.stream.bar_pieces import Piece, merged
from api.stream.bar_series import Key, Series
from api.stream.token import Place

Stale = dict[str, list[Piece]]

MOST_NAMED = 16  # series and pieces in a token, which is sent with every message


def name_of(key: Key) -> str:
    """Returns the name of a series in a place, whose stream has one source of a symbol."""
    return f"{key.timeframe} {key.symbol}"


def place_of(waiting: Iterable[Series], number: int, until: datetime) -> Place:
    """Returns the place at which changes up to `number` and bars up to `until` have been given.

    Of `waiting` series not all has been given. If these are many, the place is as far back as the
    last of them: a client that goes on there gets some final bars of others again.
    """
    behind, stale = {}, {}
    for series in waiting:
        if series.is_behind(until) and series.open_since and series.open_since < until:
            behind[name_of(series.key)] = series.open_since
        if series.dirty:
            stale[name_of(series.key)] = list(series.dirty)
    if len(behind) > MOST_NAMED:
        until, behind = min(behind.values()), {}
    return with_stale(Place(number, until, behind), stale)


def with_stale(place: Place, stale: Mapping[str, list[Piece]]) -> Place:
    """Returns a place at which final bars are still to be given again, by the name of a series.

    If these are many, the place is before the changes of all of them, and before all bars of them
    that have not been given at all.
    """
    pieces = list(chain.from_iterable(stale.values()))
    if len(pieces) <= MOST_NAMED:
        return msgspec.structs.replace(place, stale=dict(stale))
    number = min([place.number, *(piece.number - 1 for piece in pieces if piece.number)])
    until = min([place.until, *(piece.since for piece in pieces if not piece.number)])
    return Place(number, until, {name: min(at, until) for name, at in place.behind.items()})


def with_owed(place: Place, begun: Place, caught_up: Place) -> Place:
    """Returns a later place than `begun` for a client that has caught up with it only so far."""
    number, until = place.number, place.until
    if caught_up.number < begun.number:
        number = min(number, caught_up.number)
    if caught_up.until < begun.until:
        until = min(until, caught_up.until)
    behind = {name: min(at, until) for name, at in place.behind.items()}
    return with_stale(Place(number, until, behind), joined(place.stale, caught_up.stale))


def joined(stale: Mapping[str, list[Piece]], more: Mapping[str, list[Piece]]) -> Stale:
    """Returns the pieces of both."""
    return {name: merged([*stale.get(name, ()), *more.get(name, ())]) for name in {**stale, **more}}


def floor_of(place: Place, key: Key) -> datetime:
    """Returns up to when the final bars of a series have been given at a place."""
    return place.behind.get(name_of(key), place.until)
