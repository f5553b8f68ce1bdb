"""DBN files made by hand: metadata by Databento's own encoder, records and frames as documented."""

import struct
from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any

import databento_dbn as library

UNDEFINED_PRICE = 2**63 - 1
UNDEFINED_TIME = 2**64 - 1
HEADER = struct.Struct("<BBHIQ")  # length in words, type, publisher, instrument, ts_event
BODY = struct.Struct("<qIccBBQiI")  # price, size, action, side, flags, depth, ts_recv, delta, seq
BOOK = struct.Struct("<qqIIII")  # bid, ask, sizes, counts
START = 1_609_160_400_000_000_000  # 2020-12-28T13:00:00Z
TRADE, BOOK_UPDATE, SAMPLE = 0, 1, 195  # types of records


def metadata(
    schema: str | None = "trades",
    mappings: Iterable[tuple[str, str, str, str]] = (("ESH1", "2020-12-28", "2020-12-29", "5482"),),
    **others: Any,
) -> bytes:
    """Returns metadata; a mapping is (symbol, first day, day behind the last, instrument)."""
    return bytes(
        library.Metadata(
            **{
                "dataset": "GLBX.MDP3",
                "start": START,
                "stype_in": library.SType.RAW_SYMBOL,
                "stype_out": library.SType.INSTRUMENT_ID,
                "schema": None if schema is None else library.Schema.from_str(schema),
                "symbols": ["ESH1"],
                "mappings": _mappings(mappings),
            }
            | others
        )
    )


def _mappings(mappings: Iterable[tuple[str, str, str, str]]) -> list[Any]:
    found: dict[str, list[Any]] = {}
    for symbol, since, until, instrument in mappings:
        days = {"start_date": date.fromisoformat(since), "end_date": date.fromisoformat(until)}
        found.setdefault(symbol, []).append(SimpleNamespace(**days, symbol=instrument))
    return [SimpleNamespace(raw_symbol=name, intervals=some) for name, some in found.items()]


def record(
    event: int,
    price: int = 3_720_250_000_000,
    *,
    kind: int = TRADE,
    instrument: int = 5482,
    publisher: int = 1,
    size: int = 5,
    action: bytes = b"T",
    side: bytes = b"A",
    received: int | None = None,
    sequence: int = 1_170_380,
    book: tuple[int, int, int, int] | None = None,
) -> bytes:
    """Returns a record; a book is (bid, ask, size of the bid, size of the ask)."""
    best = b"" if book is None else BOOK.pack(*book, 15, 9)
    words = (HEADER.size + BODY.size + len(best)) // 4
    received = event + 1000 if received is None else received
    return (
        HEADER.pack(words, kind, publisher, instrument, event)
        + BODY.pack(price, size, action, side, 128, 0, received, 19_251, sequence)
        + best
    )


def packed(data: bytes, block: int = 64, *, checksum: bytes = b"") -> bytes:
    """Returns a frame of zstd whose blocks are the bytes as they are."""
    descriptor = 0xE0 | (0x04 if checksum else 0)  # one segment, its size in eight bytes
    frame = b"\x28\xb5\x2f\xfd" + bytes([descriptor]) + struct.pack("<Q", len(data))
    for at in range(0, len(data), block):
        part = data[at : at + block]
        frame += struct.pack("<I", len(part) << 3 | (at + block >= len(data)))[:3] + part
    return frame + checksum
