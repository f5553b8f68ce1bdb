"""A fake of Dukascopy over HTTP, made from the descriptions of its two forms: bi5 and JSON.

It serves synthetic ticks, the same for a code and an hour each time, and misbehaves as told.
"""

import json
import lzma
import random
import re
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from tests.fakes import http

JSON_HOUR = re.compile(r"/v1/ticks/([\w.-]+)/(\d+)/(\d+)/(\d+)/(\d+)$")
BI5_HOUR = re.compile(r"/datafeed/(\w+)/(\d{4})/(\d\d)/(\d\d)/(\d\d)h_ticks\.bi5$")
DETAIL = re.compile(r"/v1/instruments/([\w.-]+)$")
RECORD = struct.Struct(">IIIff")
MILLION = 1_000_000
STEPS = (-2, -1, 0, 0, 1, 2)
VOLUMES = (900_000, 1_120_000, 1_800_000, 3_600_000, 7_500_000)  # units

# What an hour answers instead of its ticks, in turn; the last one stays.
GOOD, EMPTY, ZERO, MISSING, PAGE, TRUNCATED, GARBAGE, HANGING, BUSY, SERVER_ERROR, NO_HISTORY = (
    "good", "empty", "zero", "missing", "page", "truncated", "garbage", "hanging", "busy",
    "server error", "no history",
)  # fmt: skip


class Tick(NamedTuple):
    """A quote; prices in points, volumes in units."""

    ms: int
    ask: int
    bid: int
    ask_volume: int
    bid_volume: int


Key = tuple[str, datetime]


def ticks_of(code: str, hour: datetime, count: int = 20, revision: int = 0) -> list[Tick]:
    """Returns ticks of an hour; some share a millisecond. Another revision gives others."""
    chance = random.Random(f"{code} {hour:%Y-%m-%dT%H} {revision}")
    bid = 108_000 + chance.randrange(-500, 500)
    made = []
    for ms in sorted(chance.choices(range(3_600_000), k=count)):
        bid += chance.choice(STEPS)
        ask = bid + chance.randrange(1, 5)
        made.append(Tick(ms, ask, bid, chance.choice(VOLUMES), chance.choice(VOLUMES)))
    if count > 2:
        made[1] = made[1]._replace(ms=made[0].ms)
    return made


def as_bi5(ticks: Sequence[Tick]) -> bytes:
    """Returns an hour file; one without ticks has no bytes."""
    if not ticks:
        return b""
    records = (
        RECORD.pack(ms, ask, bid, ask_volume / MILLION, bid_volume / MILLION)
        for ms, ask, bid, ask_volume, bid_volume in ticks
    )
    return lzma.compress(b"".join(records), format=lzma.FORMAT_ALONE, preset=0)


def as_json(ticks: Sequence[Tick], hour: datetime, decimals: int = 5) -> bytes:
    """Returns an hour of the JSON API: columns of differences."""
    base: dict[str, Any] = {"timestamp": None, "multiplier": None, "ask": None, "bid": None}
    if ticks:
        base = {"timestamp": int(hour.timestamp()) * 1000, "multiplier": f"1.0E-{decimals}"}
        for name, points in (("ask", ticks[0].ask), ("bid", ticks[0].bid)):
            base[name] = format(Decimal(points).scaleb(-decimals), "f")
    columns = {
        "times": _differences([tick.ms for tick in ticks], 0),
        "asks": _differences([tick.ask for tick in ticks], ticks[0].ask if ticks else 0),
        "bids": _differences([tick.bid for tick in ticks], ticks[0].bid if ticks else 0),
        "askVolumes": [float(tick.ask_volume) for tick in ticks],
        "bidVolumes": [float(tick.bid_volume) for tick in ticks],
    }
    text = json.dumps(base | columns)
    # Numbers as the venue writes them; floats of Python would be others.
    return re.sub(r'"([\d.]+(E-\d+)?)"', r"\1", text).encode()


def _differences(values: list[int], first: int) -> list[int]:
    return [value - before for before, value in zip([first, *values], values, strict=False)]


class FakeDukascopy:
    """The state of the venue: what it has, how it misbehaves, what it was asked for."""

    def __init__(self, count: int = 20) -> None:
        self.count = count  # ticks per hour
        self.details: dict[str, dict[str, Any]] = {}  # by code
        self.answers: dict[Key, list[str]] = defaultdict(lambda: [GOOD])  # by folder and hour
        self.revisions: Counter[Key] = Counter()
        self.requests: list[str] = []
        self.waiting = threading.Event()  # a request hangs
        self.hours_asked: Counter[Key] = Counter()
        self.retry_after = 0
        self.metadata_status = 200
        self.ticks: Callable[[str, datetime], list[Tick]] = self._ticks
        self.end = threading.Event()
        self._lock = threading.Lock()
        self.add("EUR/USD", 5)

    def add(self, code: str, decimals: int, **others: Any) -> None:
        """Adds an instrument."""
        self.details[code.replace("/", "-")] = {
            "code": code,
            "priceScale": decimals,
            "tradeSchedule": {"timeZone": "America/New_York"},
            "holidays": [],
            "histories": [{"period": "TICK", "from": 1052006400000}],  # 2003-05-04
            **others,
        }

    def revise(self, folder: str, hour: datetime) -> None:
        """Gives an hour other ticks."""
        self.revisions[folder, hour] += 1

    def _ticks(self, folder: str, hour: datetime) -> list[Tick]:
        return ticks_of(folder, hour, self.count, self.revisions[folder, hour])

    def next_answer(self, key: Key) -> str:
        """Returns how the venue answers this time."""
        with self._lock:
            self.hours_asked[key] += 1
            answers = self.answers[key]
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def hour(self, path: str) -> tuple[Key, bytes, str, bytes] | None:
        """Returns the hour of a path: its key, its body, its type and an empty body."""
        if found := JSON_HOUR.search(path):
            code, *numbers = found.groups()
            folder = code.replace("-", "").replace(".", "")
            hour = datetime(*map(int, numbers), tzinfo=UTC)  # type: ignore[arg-type]
            decimals = self.details[code]["priceScale"]
            body = as_json(self.ticks(folder, hour), hour, decimals)
            return (folder, hour), body, "application/json", as_json([], hour)
        if found := BI5_HOUR.search(path):
            folder, year, month, day, number = found.groups()
            hour = datetime(int(year), int(month) + 1, int(day), int(number), tzinfo=UTC)
            return (folder, hour), as_bi5(self.ticks(folder, hour)), "application/x-lzma", b""
        return None


class _Handler(http.Handler):
    vendor: FakeDukascopy

    def respond(self) -> None:
        self.vendor.requests.append(self.path)
        if found := DETAIL.search(self.path):
            self._send_detail(found[1])
        elif hour := self.vendor.hour(self.path):
            self._send_hour(*hour)
        else:
            self.send(404, b"")

    def _send_detail(self, code: str) -> None:
        if self.vendor.metadata_status != 200:
            self.send(self.vendor.metadata_status, b"")
        elif detail := self.vendor.details.get(code):
            self.send(200, json.dumps(detail).encode())
        else:
            self.send(404, b"{}")

    def _send_hour(self, key: Key, body: bytes, kind: str, empty: bytes) -> None:
        answer = self.vendor.next_answer(key)
        if answer == HANGING:
            self.hang()
            return
        status, body = {
            GOOD: (200, body),
            EMPTY: (200, empty),
            ZERO: (200, b""),
            MISSING: (404, b""),
            PAGE: (200, b"<!DOCTYPE html><html>blocked</html>"),
            TRUNCATED: (200, body[: len(body) // 2]),
            GARBAGE: (200, b"nothing that anybody knows"),
            BUSY: (503, b"busy"),
            SERVER_ERROR: (500, b"oops"),
            NO_HISTORY: (500, b'{"status":500,"message":"failed to load historical data"}'),
        }[answer]
        busy = {"Retry-After": str(self.vendor.retry_after)} if answer == BUSY else None
        self.send(status, body, kind, busy)


def serving(vendor: FakeDukascopy) -> AbstractContextManager[str]:
    """Serves the venue, and gives its address without a path."""
    return http.serving(_Handler, vendor)
