"""Pieces of time whose final bars have changed and are still to be given again."""

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from api.stream.events import Number, Time


class Piece(NamedTuple):
    """Whole buckets that a change touched, since <= bucket < until."""

    since: Time
    until: Time
    removed: bool = False  # a bucket of it may have no bar any more
    number: Number = 0  # of the first change that touched it; 0: its bars have not been given yet


def merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Returns the pieces in order of time, without overlaps."""
    ordered = sorted(pieces)
    edges = sorted({edge for piece in ordered for edge in piece[:2]})
    found: list[Piece] = []
    open_pieces: list[Piece] = []
    following = 0
    for since, until in itertools.pairwise(edges):
        while following < len(ordered) and ordered[following].since <= since:
            open_pieces.append(ordered[following])
            following += 1
        open_pieces = [piece for piece in open_pieces if piece.until > since]
        if open_pieces:
            removed = any(piece.removed for piece in open_pieces)
            number = min(piece.number for piece in open_pieces)
            if found and (found[-1].until, found[-1].removed) == (since, removed):
                since, number = found[-1].since, min(number, found.pop().number)
            found.append(Piece(since, until, removed, number))
    return found


def below(piece: Piece, edge: datetime) -> Piece | None:
    """Returns the part of a piece before an edge, None if there is none."""
    return piece._replace(until=min(piece.until, edge)) if piece.since < edge else None
