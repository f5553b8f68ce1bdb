"""The symbols that the names of a client mean: stored ones, or aliases of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.requests import EVERY
from api.errors import InvalidParameter, Problem, UnknownSymbol
from api.names import SYMBOLS_AT_ONCE
from api.symbols import Symbols
from db.connect import DatabaseAway

AWAY = "the database cannot be reached; connect again"

Wanted = dict[str, dict[str, str | None]]  # by channel symbols by their names; None: not stored


async def meant(symbols: Symbols, names: Mapping[str, list[str]], venue: str | None) -> Wanted:
    """Returns what the names of each channel mean; raises StreamError.

    Of several instruments that share a name the one of `venue` is meant. A name of which nothing is
    stored is no error: its first trade may come.
    """
    known: dict[str, str | None] = {EVERY: EVERY}
    for channel, listed in names.items():
        new = [name for name in listed if name not in known]
        for first in range(0, len(new), SYMBOLS_AT_ONCE):
            some = new[first : first + SYMBOLS_AT_ONCE]
            known |= dict.fromkeys(some) | await _stored(symbols, channel, some, venue)
    return {channel: {name: known[name] for name in listed} for channel, listed in names.items()}


@contextmanager
def told() -> Iterator[None]:
    """Raises what the database or the API cannot do as StreamError."""
    try:
        yield
    except InvalidParameter as problem:
        raise StreamError(Code.SYNTAX, problem.detail) from problem
    except Problem as problem:
        raise StreamError(Code.INTERNAL, problem.detail) from problem
    except (DatabaseAway, psycopg.Error) as error:
        raise StreamError(Code.INTERNAL, AWAY) from error


async def _stored(
    symbols: Symbols, channel: str, names: list[str], venue: str | None
) -> dict[str, str]:
    with told():
        try:
            found = await symbols.resolve(channel, names, venue)
        except UnknownSymbol:
            return {}
    return {one.asked: one.symbol for one in found}
