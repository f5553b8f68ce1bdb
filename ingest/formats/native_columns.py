"""The fast way: native messages of the usual shape, decoded and checked a column at a time.

Gives the rows that decoding message by message gives, or none if any message is out of the
ordinary. A column is checked as one text, at a few nanoseconds per message.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from ingest.formats import copy_format
from ingest.formats.columns import Columns, pack
from ingest.formats.quotes import mid, quote_source
from ingest.formats.tick import LONGEST_ID, LONGEST_NAME
from ingest.formats.times import SECOND_LENGTH, TIME_LENGTH, second_us

LONGEST_NUMBER = 20  # characters; longer ones need the exact limits of fields.py

# Flags that change nothing about how a tick is stored.
Flag = Literal["snapshot", "backfill", "derived_size", "recv_time"]


class _Message(msgspec.Struct, gc=False):
    v: Literal[1]
    kind: Literal["trade", "quote"]
    source: str
    symbol: str
    event_time: str
    dedupe_id: str
    price: str | None = None
    size: str | None = None
    bid: str | None = None
    ask: str | None = None
    seq: int | None = None
    flags: tuple[Flag, ...] = ()


_decode = msgspec.json.Decoder(_Message).decode


def decode(
    values: Sequence[bytes | None], offsets: Sequence[int], owners: Sequence[int]
) -> Columns | None:
    """Returns the rows of `values`, one each, or None if a message needs decoding by itself."""
    try:
        return _columns(list(map(_decode, values)), offsets, owners)  # type: ignore[arg-type]
    except (msgspec.DecodeError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None


def _columns(messages: list[_Message], offsets: Sequence[int], owners: Sequence[int]) -> Columns:
    symbols = _names([m.symbol for m in messages])
    times = _times([m.event_time for m in messages])
    columns = {
        "ts": times,
        "symbol": symbols,
        "tick_id": _ids([m.dedupe_id for m in messages]),
        "ord": copy_format.order_keys(
            [second_us(time[:SECOND_LENGTH]) + int(time[20:26]) for time in times],
            [m.seq for m in messages],
            offsets,
        ),
        **_prices(messages),
    }
    return pack(columns, owners, symbols)


def _prices(messages: list[_Message]) -> dict[str, list[str]]:
    sources = _names([m.source for m in messages])
    kinds = {m.kind for m in messages}
    if kinds == {"trade"}:
        prices = _numbers([m.price for m in messages])
        return {"source": sources, "price": prices, "size": _sizes([m.size for m in messages])}
    if kinds != {"quote"}:
        raise ValueError("both kinds")
    bids, asks = _numbers([m.bid for m in messages]), _numbers([m.ask for m in messages])
    series = {source: quote_source(source) for source in set(sources)}
    return {
        "source": [series[source] for source in sources],
        "price": _mids(bids, asks),
        "bid": bids,
        "ask": asks,
    }


def _names(names: list[str]) -> list[str]:
    for name in set(names):
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise ValueError(name)
        if "\\" in name or name != name.strip():
            raise ValueError(name)
    return names


def _ids(ids: list[str]) -> list[str]:
    joined = "".join(ids)
    if not joined.isprintable() or "\\" in joined:
        raise ValueError("ids")
    if not all(ids) or max(map(len, ids)) > LONGEST_ID:
        raise ValueError("ids")
    return ids


def _numbers(texts: list[str | None]) -> list[str]:
    """Checks for digits and points; the database refuses a text of these that is not a number."""
    joined = "".join(texts).encode("ascii")  # type: ignore[arg-type]
    if joined.translate(None, b"0123456789."):
        raise ValueError("numbers")
    if not all(texts) or max(map(len, texts)) > LONGEST_NUMBER:  # type: ignore[arg-type]
        raise ValueError("numbers")
    return texts  # type: ignore[return-value]


def _sizes(texts: list[str | None]) -> list[str]:
    if None not in texts:
        return _numbers(texts)
    known = [text for text in texts if text is not None]
    if known:
        _numbers(known)  # type: ignore[arg-type]
    return copy_format.escaped(texts)


def _times(times: list[str]) -> list[str]:
    """Returns times of TIME_SHAPE, which shorter fractions are filled up to."""
    if min(map(len, times)) != TIME_LENGTH:
        times = list(map(_filled, times))
    _check_times("".join(times), len(times))
    if max(map(len, times)) != TIME_LENGTH:
        raise ValueError("times")
    return times


def _filled(time: str) -> str:
    if len(time) == TIME_LENGTH:
        return time
    if time[-1:] != "Z" or not (len(time) == 20 or (time[19:20] == "." and len(time) > 20)):
        raise ValueError(time)
    return f"{time[:19]}.{time[20:-1]:0<6}Z"


def _check_times(joined: str, count: int) -> None:
    """Checks columns of characters; the part down to the second is checked when it is read."""
    if len(joined) != count * TIME_LENGTH or not joined.isascii():
        raise ValueError("times")
    if joined[19::TIME_LENGTH] != "." * count or joined[26::TIME_LENGTH] != "Z" * count:
        raise ValueError("times")
    if joined[10::TIME_LENGTH] != "T" * count:
        raise ValueError("times")
    if not all(joined[index::TIME_LENGTH].isdigit() for index in range(20, 26)):
        raise ValueError("times")


def _mids(bids: list[str], asks: list[str]) -> list[str]:
    """Returns the prices of quotes, whose bids and asks the database does not check."""
    exact = [(Decimal(bid), Decimal(ask)) for bid, ask in zip(bids, asks, strict=True)]
    if not all(bid and ask for bid, ask in exact):
        raise ValueError("zero")
    return [format(mid(bid, ask), "f") for bid, ask in exact]
