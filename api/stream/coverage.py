"""Events that tell where coverage may have changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.stream.events import Change, Event
from api.stream.subscription import COVERAGE, Topic
from api.times import EPOCH
from db.tables.display import Display

TOPIC = Topic(COVERAGE)
KINDS = ("trade", "quote")
MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}


def coverage_events(changes: Iterable[Change], displays: Sequence[Display]) -> list[Event]:
    """Returns an event per symbol and kind that ranges of coverage name: the range of all."""
    spans: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for change in changes:
        if change.kind != COVERAGE:
            continue
        for kind in KINDS if change.event_kind is None else (change.event_kind,):
            since, until = spans.get((change.symbol, kind), (change.since, change.until))
            spans[change.symbol, kind] = (min(since, change.since), max(until, change.until))
    return [
        Event(TOPIC, symbol, None, _bodies(symbol, kind, since, until, displays))
        for (symbol, kind), (since, until) in spans.items()
    ]


def _bodies(
    symbol: str, kind: str, since: datetime, until: datetime, displays: Sequence[Display]
) -> dict[Display, bytes]:
    def body(display: Display) -> bytes:
        fields: dict[str, Any] = {"type": "coverage", "symbol": symbol, "kind": kind}
        fields |= {"start": _time(since, display.ts), "end": _time(until, display.ts)}
        return msgspec.json.encode(fields)

    return {display: body(display) for display in displays}


def _time(moment: datetime, style: str) -> Any:
    """Returns a time as market.time_json() writes it."""
    if style == "rfc3339":
        text = moment.replace(tzinfo=None).isoformat()
        return (text.rstrip("0") if "." in text else text) + "Z"
    since = moment - EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if style == "ns":
        return microseconds * 1000
    whole, rest = divmod(microseconds, MICROSECONDS[style])
    if not rest:
        return whole
    digits = len(str(MICROSECONDS[style])) - 1
    return msgspec.Raw(f"{whole}.{rest:0{digits}}".rstrip("0").encode())
