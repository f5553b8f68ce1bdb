"""The symbols of a connection by channel, by the names that the client gave them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.requests import EVERY, SERVED

ALWAYS_EMPTY_OF_STOCKS = ("statuses", "lulds")
ALWAYS_EMPTY_OF_CRYPTO = ("orderbooks",)


class Subscriptions:
    """The full set; a symbol may have several names, and each gets the events of it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._symbols: dict[str, dict[str, str]] = {channel: {} for channel in SERVED}
        self._names: dict[str, dict[str, list[str]]] = {channel: {} for channel in SERVED}

    def add(self, wanted: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """Adds (name, symbol) by channel; raises StreamError, and adds none, beyond the limit."""
        added = {channel: dict(names) for channel, names in wanted.items()}
        union = {
            symbol
            for channel in SERVED
            for symbol in (self._symbols[channel] | added.get(channel, {})).values()
        }
        if len(union) > self._most:
            raise StreamError(
                Code.TOO_MANY_SYMBOLS, f"{self._most} symbols at most in one connection"
            )
        for channel, names in added.items():
            self._symbols[channel] |= names
            self._index(channel)

    def remove(self, names: Mapping[str, Iterable[str]]) -> None:
        """Removes names by channel; those that are not there are no error."""
        for channel, gone in names.items():
            for name in gone:
                self._symbols[channel].pop(name, None)
            self._index(channel)

    def symbols(self, channel: str) -> frozenset[str]:
        """Returns the symbols of a channel; EVERY is one if all are wanted."""
        return frozenset(self._names[channel])

    def names(self, channel: str, symbol: str) -> list[str]:
        """Returns what the client calls a symbol of a channel; nothing if it does not want it."""
        names = self._names[channel]
        return names.get(symbol) or ([symbol] if EVERY in names else [])

    def unknown(self) -> Iterator[tuple[str, str]]:
        """Yields channel and name of what is not a stored symbol yet, and so stands for itself."""
        for channel, symbols in self._symbols.items():
            yield from ((channel, name) for name, symbol in symbols.items() if name == symbol)

    def message(self, *, is_crypto: bool) -> dict[str, Any]:
        """Returns Alpaca's message of the full set."""
        channels = {channel: list(names) for channel, names in self._symbols.items()}
        if is_crypto:
            empty: tuple[str, ...] = ALWAYS_EMPTY_OF_CRYPTO
            trades: dict[str, list[str]] = {}
        else:
            empty = ALWAYS_EMPTY_OF_STOCKS
            trades = dict.fromkeys(("corrections", "cancelErrors"), channels["trades"])
        return {"T": "subscription", **channels, **{one: [] for one in empty}, **trades}

    def _index(self, channel: str) -> None:
        names: dict[str, list[str]] = {}
        for name, symbol in self._symbols[channel].items():
            names.setdefault(symbol, []).append(name)
        self._names[channel] = names
