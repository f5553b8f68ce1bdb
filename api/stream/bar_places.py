"""Places: how far the bars of a subscription have been given, as its resume token has it."""

from collections.abc import Iterable
from datetime import datetime

from api.stream.bar_pieces import hull
from api.stream.bar_series import Key, Series
from api.stream.token import Place

MOST_NAMED = 16  # series in a token, which is sent with every message


def name_of(key: Key) -> str:
    """Returns the name of a series in a place, whose stream has one source of a symbol."""
    return f"{key.timeframe} {key.symbol}"


def place_of(waiting: Iterable[Series], number: int, until: datetime) -> Place:
    """Returns the place at which changes up to `number` and bars up to `until` have been given.

    Of `waiting` series not all has been given. If these are many, the place is as far back as the
    last of them: a client that goes on there gets some final bars of others again.
    """
    behind, stale, oldest = {}, {}, number
    for series in waiting:
        if series.is_behind(until) and series.open_since and series.open_since < until:
            behind[name_of(series.key)] = series.open_since
        if (span := hull(series.dirty)) is not None:
            stale[name_of(series.key)] = span
            oldest = min(oldest, *(piece.number - 1 for piece in series.dirty))
    if len(behind) > MOST_NAMED:
        until, behind = min(behind.values()), {}
    if len(stale) > MOST_NAMED:
        number, stale = oldest, {}
    return Place(number, until, behind, stale)


def floor_of(place: Place, key: Key) -> datetime:
    """Returns up to when the final bars of a series have been given at a place."""
    return place.behind.get(name_of(key), place.until)
