"""Symbols of a request."""

from litestar.datastructures import State

from api import parameters
from api.answers import reader
from api.errors import UnknownSymbol
from db import sql


async def names_of(state: State, texts: list[str]) -> list[str]:
    """Returns the symbols asked for; only a text with a comma may have to be looked up."""
    whole: list[str] = []
    if possible := parameters.possible_whole_names(texts):
        row = await reader(state).fetch_row(sql.load("api.native", "whole_names"), texts=possible)
        assert row is not None
        whole = row[0]
    return parameters.parse_symbols("symbols", texts, whole)


def unknown(symbols: list[str]) -> UnknownSymbol:
    return UnknownSymbol(f"no symbol {' or '.join(symbols[:5])} has been stored", "symbols")
