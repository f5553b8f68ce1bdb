"""Symbols of a request. Of instruments that share a spelling, Binance's own is meant."""

from litestar.datastructures import State

from api.binance.errors import BAD_COMBINATION, Fault
from api.binance.parameters import parse_symbols
from api.symbols import Named

VENUE = "BINANCE"


async def one(state: State, text: str) -> Named:
    """Returns what a symbol means; raises InvalidParameter or UnknownSymbol."""
    found: Named = await state.symbols.one("symbol", text, VENUE)
    return found


async def of(state: State, symbol: str | None, symbols: str | None) -> list[Named] | None:
    """Returns the symbols of a request, None if it means all; raises Fault or a Problem."""
    if symbol is not None and symbols is not None:
        raise Fault(
            BAD_COMBINATION,
            "Combination of optional parameters invalid. It has either symbol or symbols.",
        )
    if symbol is not None:
        return [await one(state, symbol)]
    return None if symbols is None else [await one(state, each) for each in parse_symbols(symbols)]
