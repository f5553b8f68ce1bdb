"""The fast way: native messages of the usual shape, decoded and checked a column at a time.

Gives the rows that decoding message by message gives, or none if any message is out of the
ordinary. A column is checked as one text, at a few nanoseconds per message.
"""

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Literal, NamedTuple

import msgspec

from ingest.formats import copy_format
from ingest.formats.catalog import Catalog
from ingest.formats.columns import Columns, pack
from ingest.formats.copy_format import NULL, Column
from ingest.formats.events import (
    LARGEST_SEQUENCE,
    LONGEST_ID,
    LONGEST_NAME,
    LONGEST_SYMBOL,
    Kind,
)
from ingest.formats.native_marks import quote_marks, quote_masks, trade_marks
from ingest.formats.native_times import read_times
from ingest.formats.sequences import id_sequence

LONGEST_NUMBER = 38  # characters; longer ones need the exact limits of fields.py
# Characters, of four bytes at most, with room for an exchange before the id.
LONGEST_ID_HERE = LONGEST_ID // 4 - LONGEST_NAME - 1

# Flags that change nothing about how an event is stored, but that it is history, or was stored.
Flag = Literal["snapshot", "backfill", "derived_size", "recv_time", "stored"]


class _Message(msgspec.Struct, gc=False):
    v: Literal[1]
    kind: Kind
    source: str
    symbol: str
    event_time: str
    dedupe_id: str | None = None
    price: str | None = None
    size: str | None = None
    bid: str | None = None
    ask: str | None = None
    bid_size: str | None = None
    ask_size: str | None = None
    seq: int | None = None
    side: Literal["buy", "sell"] | None = None
    exchange: str | None = None
    tape: str | None = None
    conditions: tuple[str, ...] | None = None
    received_at: str | None = None
    amends: None = None
    flags: tuple[Flag, ...] = ()


_decode = msgspec.json.Decoder(_Message).decode


class Found(NamedTuple):
    """The events of a slice, and the sources with ids of events that are history."""

    trades: Columns | None
    quotes: Columns | None
    backfilled: frozenset[str]


def decode(
    values: Sequence[bytes | None], owners: Sequence[int], catalog: Catalog, batch: int
) -> Found | None:
    """Returns the rows of `values`, one each, or None if a message needs decoding by itself.

    `owners` are the indexes of the messages, `batch` is the id that the rows carry.
    """
    try:
        messages = list(map(_decode, values))  # type: ignore[arg-type]
        b"".join(values).decode()  # type: ignore[arg-type]  # also what no field is read from
        return _by_kind(messages, owners, catalog, batch)
    except (msgspec.DecodeError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None


def _by_kind(
    messages: list[_Message], owners: Sequence[int], catalog: Catalog, batch: int
) -> Found:
    kinds = [m.kind for m in messages]
    backfilled = {m.source.lower() for m in messages if m.flags and "backfill" in m.flags}
    with_ids = frozenset(name for name in backfilled if catalog.of(name).id_scope != "none")
    of_kind: dict[Kind, Columns] = {}
    for kind in set(kinds):
        mine, mine_owners = messages, owners
        if kinds.count(kind) < len(kinds):
            chosen = [one == kind for one in kinds]
            mine, mine_owners = list(compress(messages, chosen)), list(compress(owners, chosen))
        of_kind[kind] = _columns(kind, mine, mine_owners, catalog, batch)
    return Found(of_kind.get("trade"), of_kind.get("quote"), with_ids)


def _columns(
    kind: Kind, messages: list[_Message], owners: Sequence[int], catalog: Catalog, batch: int
) -> Columns:
    symbols = [m.symbol for m in messages]
    _check_names(set(symbols), LONGEST_SYMBOL)
    names = [m.source for m in messages]
    lower = {name: name.lower() for name in set(names)}
    _check_names(lower.keys() | lower.values(), LONGEST_NAME)
    sources = [*lower.values()] * len(names) if len(lower) == 1 else [lower[n] for n in names]
    times, nanos = read_times([m.event_time for m in messages])
    ids = [m.dedupe_id for m in messages]
    stored = _stored(messages)
    _check_ids(ids if stored is None else [one for one in ids if one is not None])
    columns: dict[str, Column] = {
        "ts": times,
        "symbol": symbols,
        "source": sources,
        "tick_id": _scoped(ids, sources, messages, catalog, stored),
        "seq": _sequences([m.seq for m in messages], ids),
        "received_at": _received([m.received_at for m in messages]),
        "ns": nanos,
        "batch": str(batch),
    }
    if kind == "trade":
        columns |= _of_trades(messages, sources, catalog)
        columns |= trade_marks(messages, sources, times, catalog)
    else:
        columns |= _of_quotes(messages, sources, catalog)
        columns |= quote_marks(messages)
    table = copy_format.TABLES[kind]
    return pack(table, columns, owners, symbols, frozenset(lower.values()))


def _of_trades(messages: list[_Message], sources: list[str], catalog: Catalog) -> dict[str, Column]:
    prices = [m.price for m in messages]
    if _least(prices) <= 0 and not all(catalog.of(name).negative_prices for name in set(sources)):
        raise ValueError("zero")
    return {
        "price": prices,  # type: ignore[dict-item]
        "size": _sizes([m.size for m in messages]),
        "rules": str(catalog.version),
    }


def _of_quotes(messages: list[_Message], sources: list[str], catalog: Catalog) -> dict[str, Column]:
    bids, asks = [m.bid for m in messages], [m.ask for m in messages]
    _least(bids)
    _least(asks)
    return {
        "bid": bids,  # type: ignore[dict-item]
        "ask": asks,  # type: ignore[dict-item]
        "bid_size": _sizes([m.bid_size for m in messages]),
        "ask_size": _sizes([m.ask_size for m in messages]),
        "moves": quote_masks(bids, asks, sources, catalog),  # type: ignore[arg-type]
    }


def _check_names(names: Iterable[str], longest: int) -> None:
    for name in names:
        if not 0 < len(name) <= longest or not name.isprintable():
            raise ValueError(name)
        if "\\" in name or name != name.strip():
            raise ValueError(name)


def _stored(messages: list[_Message]) -> list[bool] | None:
    """Returns which messages have the flag `stored`, None if none has; only these need no id."""
    if not any("stored" in flags for flags in {m.flags for m in messages}):
        return None
    for m in messages:
        if (m.seq is None or m.conditions == ()) if "stored" in m.flags else m.dedupe_id is None:
            raise ValueError("stored")
    return ["stored" in m.flags for m in messages]


def _check_ids(ids: Sequence[str | None]) -> None:
    if not ids:
        return
    joined = "".join(ids)  # type: ignore[arg-type]  # TypeError if one is missing
    if not joined.isprintable() or "\\" in joined:
        raise ValueError("ids")
    if not all(ids) or max(map(len, ids)) > LONGEST_ID_HERE:  # type: ignore[arg-type]
        raise ValueError("ids")


def _scoped(
    ids: list[str | None],
    sources: list[str],
    messages: list[_Message],
    catalog: Catalog,
    stored: list[bool] | None,
) -> list[str]:
    """Returns ids as they are stored: those that are unique per exchange together with it."""
    scoped = {name for name in set(sources) if catalog.of(name).id_scope == "exchange"}
    if not scoped and stored is None:
        return ids  # type: ignore[return-value]  # they were checked
    final = stored or [False] * len(ids)
    return [
        NULL
        if one is None
        else f"{m.exchange}:{one}"
        if m.exchange and source in scoped and not is_final
        else one
        for one, source, m, is_final in zip(ids, sources, messages, final, strict=True)
    ]


def _sequences(sequences: list[int | None], ids: list[str | None]) -> list[str]:
    known = (
        [
            id_sequence(one) if sequence is None else sequence  # type: ignore[arg-type]
            for sequence, one in zip(sequences, ids, strict=True)
        ]
        if None in sequences
        else sequences
    )
    if min(known) < 0 or max(known) > LARGEST_SEQUENCE:  # type: ignore[type-var,operator]
        raise ValueError("sequences")
    return list(map(str, known))


def _least(texts: Iterable[str | None]) -> float:
    """Checks numbers of digits and a point, and returns about what the least of them is."""
    distinct = set(texts)
    joined = "".join(distinct).encode("ascii")  # type: ignore[arg-type]
    if joined.translate(None, b"0123456789."):
        raise ValueError("numbers")
    if max(map(len, distinct)) > LONGEST_NUMBER:  # type: ignore[arg-type]
        raise ValueError("numbers")
    return min(map(float, distinct))  # type: ignore[arg-type]


def _sizes(texts: list[str | None]) -> Column:
    distinct = set(texts)
    if distinct == {None}:
        return NULL
    _least(distinct - {None})
    return [text or NULL for text in texts]


def _received(times: list[str | None]) -> Column:
    if not any(times):
        return NULL
    if all(times):
        return read_times(times)[0]  # type: ignore[arg-type]
    known = iter(read_times([time for time in times if time])[0])
    return [next(known) if time else NULL for time in times]
