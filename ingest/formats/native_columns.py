"""The fast way: native messages of the usual shape, decoded and formatted a column at a time.

Gives exactly what decode.py and rows.py give message by message, or None where any message needs
them. A column is checked as one text, which costs a few nanoseconds a message.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal

import msgspec

from ingest.formats.decode import mid, quote_source
from ingest.formats.tick import EPOCH_UNIX_SECONDS, LONGEST_ID, LONGEST_NAME

TIME_SHAPE = "2026-02-27T12:05:00.123456Z"
TIME_LENGTH = len(TIME_SHAPE)
LONGEST_NUMBER = 20  # characters; longer ones need the exact limits of decode.py
NULL = r"\N"
SECONDS_KNOWN = 20_000  # as many as a batch of sparse history may hold

Flag = Literal["snapshot", "backfill", "derived_size", "recv_time"]


class _Plain(msgspec.Struct, gc=False):
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


class Columns(msgspec.Struct, frozen=True):
    """As many times, symbols and COPY lines as there were messages."""

    times: list[str]
    symbols: list[str]
    lines: list[str]


_decode = msgspec.json.Decoder(_Plain).decode


def columns(values: Sequence[bytes | None], offsets: Sequence[int]) -> Columns | None:
    """Returns the columns of `values`, or None if any of them is not plain."""
    try:
        ticks = list(map(_decode, values))  # type: ignore[arg-type]
        return _columns(ticks, offsets)
    except (msgspec.DecodeError, TypeError, ValueError, ArithmeticError, RecursionError):
        return None


def _columns(ticks: list[_Plain], offsets: Sequence[int]) -> Columns:
    _check_names({t.symbol for t in ticks} | {t.source for t in ticks})
    _check_ids([t.dedupe_id for t in ticks])
    times = _filled([t.event_time for t in ticks])
    _check_times(times)
    kinds = {t.kind for t in ticks}
    if kinds == {"trade"}:
        lines = _trades(ticks, times, offsets)
    elif kinds == {"quote"}:
        lines = _quotes(ticks, times, offsets)
    else:
        raise ValueError("both kinds")
    return Columns(times, [t.symbol for t in ticks], lines)


def _trades(ticks: list[_Plain], times: list[str], offsets: Sequence[int]) -> list[str]:
    _check_numbers([t.price or "" for t in ticks])
    _check_numbers([t.size for t in ticks if t.size is not None])
    return [
        f"{time}\t{t.symbol}\t{t.source}\t{t.price}"
        f"\t{NULL if t.size is None else t.size}\t{NULL}\t{NULL}\t{t.dedupe_id}"
        # what rows.line calls ord
        f"\t{_micros(time[:19]) + int(time[20:26]) << 12 | (o if t.seq is None else t.seq) & 4095}"
        for t, time, o in zip(ticks, times, offsets, strict=True)
    ]


def _quotes(ticks: list[_Plain], times: list[str], offsets: Sequence[int]) -> list[str]:
    bids, asks = [t.bid or "" for t in ticks], [t.ask or "" for t in ticks]
    _check_numbers(bids)
    _check_numbers(asks)
    series = {source: quote_source(source) for source in {t.source for t in ticks}}
    return [
        f"{time}\t{t.symbol}\t{series[t.source]}\t{price}"
        f"\t{NULL}\t{t.bid}\t{t.ask}\t{t.dedupe_id}"
        f"\t{_micros(time[:19]) + int(time[20:26]) << 12 | (o if t.seq is None else t.seq) & 4095}"
        for t, time, price, o in zip(ticks, times, _mids(bids, asks), offsets, strict=True)
    ]


def _check_names(names: set[str]) -> None:
    for name in names:
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise ValueError(name)
        if "\\" in name or name != name.strip():
            raise ValueError(name)


def _check_ids(ids: list[str]) -> None:
    joined = "".join(ids)
    if not joined.isprintable() or "\\" in joined:
        raise ValueError("ids")
    if min(map(len, ids)) == 0 or max(map(len, ids)) > LONGEST_ID:
        raise ValueError("ids")


def _check_numbers(texts: list[str]) -> None:
    """Lets digits and points through; what is no number all the same, the database refuses."""
    if not texts:
        return
    joined = "".join(texts).encode("ascii")
    if not all(texts) or max(map(len, texts)) > LONGEST_NUMBER:
        raise ValueError("numbers")
    if joined.translate(None, b"0123456789."):
        raise ValueError("numbers")


def _filled(times: list[str]) -> list[str]:
    """Writes out fractions that are shorter than a microsecond's six digits, or absent."""
    if min(map(len, times)) == TIME_LENGTH:
        return times
    return [
        time if len(time) == TIME_LENGTH else f"{time[:19]}.{time[20:-1]:0<6}Z"
        for time in times
        if _is_short(time)
    ]


def _is_short(time: str) -> bool:
    if time[-1:] == "Z" and (len(time) == 20 or (time[19:20] == "." and len(time) > 20)):
        return True
    raise ValueError(time)


def _check_times(times: list[str]) -> None:
    """Lets only the shape of TIME_SHAPE through, by looking at columns of characters."""
    joined = "".join(times)
    if min(map(len, times)) != TIME_LENGTH or max(map(len, times)) != TIME_LENGTH:
        raise ValueError("times")
    n = len(times)
    if joined[19::TIME_LENGTH] != "." * n or joined[26::TIME_LENGTH] != "Z" * n:
        raise ValueError("times")
    if joined[10::TIME_LENGTH] != "T" * n or not joined.isascii():
        raise ValueError("times")
    if not all(joined[place::TIME_LENGTH].isdigit() for place in range(20, 26)):
        raise ValueError("times")


@lru_cache(SECONDS_KNOWN)
def _micros(second: str) -> int:
    """Returns the microseconds from 2000-01-01 to a second, such as 2026-02-27T12:05:00."""
    moment = datetime.fromisoformat(second)
    if moment.isoformat() != second:  # it reads other spellings too, such as 2026-W09-5
        raise ValueError(second)
    return (int(moment.replace(tzinfo=UTC).timestamp()) - EPOCH_UNIX_SECONDS) * 10**6


def _mids(bids: list[str], asks: list[str]) -> list[str]:
    """Returns the prices of quotes; only prices are checked by the database, so these are here."""
    exact = [(Decimal(bid), Decimal(ask)) for bid, ask in zip(bids, asks, strict=True)]
    if not all(bid and ask for bid, ask in exact):
        raise ValueError("zero")
    return [format(mid(bid, ask), "f") for bid, ask in exact]
