"""The symbols of a connection by channel, by the names that the client gave them."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.alpaca.stream.codes import Code, StreamError
from api.alpaca.stream.requests import EVERY, SERVED

EMPTY_OF_STOCKS = ("statuses", "lulds")
EMPTY_OF_CRYPTO = ("orderbooks",)
WITH_TRADES = ("corrections", "cancelErrors")

Meanings = Mapping[str, Mapping[str, str | None]]  # by channel symbols by their names


class Subscriptions:
    """The full set; a symbol may have several names, and each gets the events of it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._symbols: dict[str, dict[str, str | None]] = {channel: {} for channel in SERVED}
        self._names: dict[str, dict[str, list[str]]] = {channel: {} for channel in SERVED}

    def add(self, wanted: Meanings) -> dict[str, list[str]]:
        """Adds names with what they mean, None for what is not stored, which stands for itself.

        Returns those that were not there. Raises StreamError, and adds none, beyond the limit.
        """
        union = {
            symbol or name
            for channel in SERVED
            for name, symbol in (self._symbols[channel] | dict(wanted.get(channel, {}))).items()
        }
        if len(union) > self._most:
            raise StreamError(
                Code.TOO_MANY_SYMBOLS, f"{self._most} symbols at most in one connection"
            )
        added: dict[str, list[str]] = {}
        for channel, names in wanted.items():
            added[channel] = [name for name in names if name not in self._symbols[channel]]
            self._symbols[channel] |= names
            self._index(channel)
        return added

    def learn(self, meanings: Meanings) -> None:
        """Takes what names mean by now, of those that are still subscribed to."""
        for channel, names in meanings.items():
            known = self._symbols[channel]
            known |= {name: symbol for name, symbol in names.items() if name in known and symbol}
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

    def unknown(self) -> dict[str, list[str]]:
        """Returns the names by channel of which nothing was stored."""
        unknown = {
            channel: [name for name, symbol in symbols.items() if symbol is None]
            for channel, symbols in self._symbols.items()
        }
        return {channel: names for channel, names in unknown.items() if names}

    def message(self, *, is_crypto: bool) -> dict[str, Any]:
        """Returns Alpaca's message of the full set."""
        lists = {channel: list(names) for channel, names in self._symbols.items()}
        if is_crypto:
            more: dict[str, list[str]] = {channel: [] for channel in EMPTY_OF_CRYPTO}
        else:
            more = {channel: [] for channel in EMPTY_OF_STOCKS}
            more |= dict.fromkeys(WITH_TRADES, lists["trades"])
        return {"T": "subscription", **lists, **more}

    def _index(self, channel: str) -> None:
        names: dict[str, list[str]] = {}
        for name, symbol in self._symbols[channel].items():
            names.setdefault(symbol or name, []).append(name)
        self._names[channel] = names
