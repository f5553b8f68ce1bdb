"""Symbols of a request."""

from litestar.datastructures import State

from api import symbols
from api.errors import UnknownSymbol


async def names_of(state: State, texts: list[str]) -> list[str]:
    """Returns the stored symbols that the texts mean, sorted, each once.

    If none is known these are the texts: the query finds nothing, after the other parameters have
    been parsed.
    """
    try:
        found = await state.symbols.resolve("symbols", texts)
    except UnknownSymbol:
        return sorted({part for text in texts for part in symbols.parts(text)})
    return sorted({named.symbol for named in found})


def unknown(names: list[str]) -> UnknownSymbol:
    """Returns the error that none of the symbols has been stored."""
    return symbols.unknown("symbols", names)
