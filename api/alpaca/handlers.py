"""The handlers of Alpaca's routes, which stocks and pairs of currencies share."""

from collections.abc import Callable
from typing import Any

from litestar import Response
from litestar.datastructures import State
from litestar.di import NamedDependency

from api.alpaca import answers, parameters
from api.alpaca.answers import BARS, Kind
from api.alpaca.parameters import (
    Adjustment,
    Choice,
    Symbol,
    Symbols,
    TimeframeText,
    Window,
)
from api.parameters import ADJUSTMENTS

MINUTE = {"timeframe": "1m", "adjustment": ADJUSTMENTS[0]}

Handler = Callable[..., Any]


async def bars(
    state: State,
    symbols: Symbols,
    timeframe: TimeframeText,
    window: NamedDependency[Window],
    adjustment: Adjustment = ADJUSTMENTS[0],
) -> Response[bytes]:
    """Returns the bars that begin in an interval, by symbol, then time."""
    of_bars = await _of_bars(state, timeframe, adjustment)
    asked = await answers.symbols_of(state, symbols, window)
    return await answers.page(state, BARS, asked, window, **of_bars)


async def bars_of_one(
    state: State,
    symbol: Symbol,
    timeframe: TimeframeText,
    window: NamedDependency[Window],
    adjustment: Adjustment = ADJUSTMENTS[0],
) -> Response[bytes]:
    """Returns the bars of one symbol that begin in an interval."""
    of_bars = await _of_bars(state, timeframe, adjustment)
    asked = await answers.symbol_of(state, symbol, window)
    return await answers.page(state, BARS, asked, window, **of_bars)


def events(kind: Kind) -> Handler:
    """Makes the handler of a window of trades or quotes."""

    async def handler(
        state: State, symbols: Symbols, window: NamedDependency[Window]
    ) -> Response[bytes]:
        asked = await answers.symbols_of(state, symbols, window)
        return await answers.page(state, kind, asked, window)

    return handler


def events_of_one(kind: Kind) -> Handler:
    """Makes the handler of a window of trades or quotes of one symbol."""

    async def handler(
        state: State, symbol: Symbol, window: NamedDependency[Window]
    ) -> Response[bytes]:
        asked = await answers.symbol_of(state, symbol, window)
        return await answers.page(state, kind, asked, window)

    return handler


def latest(kind: Kind) -> Handler:
    """Makes the handler of the newest of each symbol."""
    of_bars = MINUTE if kind is BARS else {}

    async def handler(
        state: State, symbols: Symbols, choice: NamedDependency[Choice]
    ) -> Response[bytes]:
        asked = await answers.symbols_of(state, symbols, choice)
        return await answers.latest(state, kind, asked, choice, **of_bars)

    return handler


def latest_of_one(kind: Kind) -> Handler:
    """Makes the handler of the newest of one symbol."""
    of_bars = MINUTE if kind is BARS else {}

    async def handler(
        state: State, symbol: Symbol, choice: NamedDependency[Choice]
    ) -> Response[bytes]:
        asked = await answers.symbol_of(state, symbol, choice)
        return await answers.latest(state, kind, asked, choice, **of_bars)

    return handler


def snapshots(member: str | None) -> Handler:
    """Makes the handler of snapshots, in a member of the answer or as the answer itself."""

    async def handler(
        state: State, symbols: Symbols, choice: NamedDependency[Choice]
    ) -> Response[bytes]:
        asked = await answers.symbols_of(state, symbols, choice)
        return await answers.snapshots(state, asked, choice, member)

    return handler


async def _of_bars(state: State, timeframe: str, adjustment: str) -> dict[str, str]:
    parameters.check_timeframe(timeframe)
    return {
        "timeframe": await state.timeframes.parse(timeframe),
        "adjustment": parameters.parse_adjustment(adjustment),
    }
