"""Symbols and other spellings of them, looked up once a minute at most.

A text that is known costs no statement; one that is not is asked for each time.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from api.errors import InvalidParameter, UnknownSymbol
from api.names import SYMBOLS_AT_ONCE, parse_symbol, possible_whole_names
from api.pool import Reader
from db import sql

FRESH_SECONDS = 60.0
MOST_TEXTS = 8192  # remembered; then all are forgotten
LONGEST_TEXT = 512  # characters of a text that is remembered; a list may be longer

Meanings = dict[str, list[str]]


class Named(NamedTuple):
    """A symbol as it was asked for, and as it is stored."""

    asked: str
    symbol: str


class AmbiguousSymbol(InvalidParameter):
    """Several instruments have this spelling."""

    def __init__(self, field: str, asked: str, symbols: list[str]) -> None:
        super().__init__(field, "")
        *others, last = symbols if len(symbols) <= 5 else [*symbols[:4], "others"]
        self.detail = f"{asked} may be {', '.join(others)} or {last}: name one of them"


class Symbols:
    """The stored symbols that texts mean: names, names of earlier times, aliases, lower case."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, str | None], tuple[float, list[Named]]] = {}

    async def resolve(
        self, field: str, texts: Iterable[str], venue: str | None = None
    ) -> list[Named]:
        """Returns the symbols in lists separated by commas, by symbol, each spelling once.

        A text that is one name as a whole means that one. Unknown symbols are left out. Of several
        instruments that share a spelling the one of `venue` is meant. Raises InvalidParameter, or
        UnknownSymbol if none is known.
        """
        found: set[Named] = set()
        missing: list[str] = []
        for text in texts:
            known = self._remembered(text, venue)
            if known is None:
                missing.append(text)
            else:
                found.update(known)
        if missing:
            found.update(await self._look_up(field, missing, venue))
        if len(found) > SYMBOLS_AT_ONCE:
            raise _too_many(field)
        if not found:
            raise unknown(field, [part for text in missing for part in parts(text)])
        return sorted(found, key=lambda named: (named.symbol, named.asked))

    async def one(self, field: str, text: str, venue: str | None = None) -> Named:
        """Returns the symbol that the text means as a whole; raises as resolve() does."""
        known = self._remembered(text, venue)
        if known is None or [named.asked for named in known] != [text]:
            parse_symbol(field, text)
            known = _chosen(field, [text], await self._meanings([text]), venue)
            if not known:
                raise unknown(field, [text])
            self._remember(text, venue, known)
        return known[0]

    async def _look_up(self, field: str, texts: list[str], venue: str | None) -> list[Named]:
        whole = possible_whole_names(texts)
        single = {part for text in texts if text not in whole for part in parts(text)}
        for name in single:
            parse_symbol(field, name)
        if max(len(single), len(texts)) > SYMBOLS_AT_ONCE:
            raise _too_many(field)
        within = [part for text in whole for part in parts(text) if part]
        meanings = await self._meanings([*single, *whole, *within])
        found: list[Named] = []
        for text in texts:
            names = [text] if text in meanings else parts(text)
            for name in names:
                parse_symbol(field, name)
            named = _chosen(field, names, meanings, venue)
            if len(named) == len(names):
                self._remember(text, venue, named)
            found += named
        return found

    async def _meanings(self, texts: Iterable[str]) -> Meanings:
        row = await self._reader.fetch_row(
            sql.load("api", "symbols_named"), texts=sorted(set(texts))
        )
        return msgspec.json.decode(row[0] if row else "{}", type=Meanings)

    def _remembered(self, text: str, venue: str | None) -> list[Named] | None:
        at, known = self._known.get((text, venue), (0.0, None))
        return known if time.monotonic() - at < FRESH_SECONDS else None

    def _remember(self, text: str, venue: str | None, named: list[Named]) -> None:
        if len(text) > LONGEST_TEXT:
            return
        if len(self._known) >= MOST_TEXTS:
            self._known.clear()
        self._known[text, venue] = (time.monotonic(), named)


def unknown(field: str, symbols: Iterable[str]) -> UnknownSymbol:
    """Returns the error that none of the symbols is stored."""
    names = sorted(set(symbols))[:5]
    return UnknownSymbol(f"no symbol {' or '.join(names)} has been stored", field)


def parts(text: str) -> list[str]:
    """Returns the names in a list separated by commas."""
    return [part.strip(" ") for part in text.split(",")]


def _too_many(field: str) -> InvalidParameter:
    return InvalidParameter(field, f"must be {SYMBOLS_AT_ONCE} at most")


def _chosen(field: str, names: list[str], meanings: Meanings, venue: str | None) -> list[Named]:
    """Returns what the known ones of the names mean; raises AmbiguousSymbol."""
    found = []
    for name in names:
        symbols = meanings.get(name, [])
        if len(symbols) > 1 and venue:
            symbols = [one for one in symbols if one.startswith(f"{venue}:")] or symbols
        if len(symbols) > 1:
            raise AmbiguousSymbol(field, name, symbols)
        found += [Named(name, symbol) for symbol in symbols]
    return found
