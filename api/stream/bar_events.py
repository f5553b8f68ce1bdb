"""Bars as events of the stream."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from api.stream.bar_series import Series, Told
from api.stream.events import Event, Key
from api.stream.subscription import BARS, PROVISIONAL, Topic
from db.tables.display import Display

MICROSECOND = timedelta(microseconds=1)


def events_of(found: Iterable[tuple[Series, Told]], displays: Sequence[Display]) -> list[Event]:
    """Returns the events of bars in order of time, then of symbols, alike in all processes."""
    ordered = sorted(found, key=lambda one: (one[1].bar.end, one[0].key.symbol, one[1].bar.start))
    return [event_of(series, told, displays) for series, told in ordered]


def event_of(series: Series, told: Told, displays: Sequence[Display]) -> Event:
    """Returns the event of a bar that was read in these displays.

    Its place is the last moment of the bar: a stream from a time on has the bar around that time.
    """
    symbol, _, timeframe = series.key
    members = {
        "type": "bar",
        "symbol": symbol,
        "source": series.source,
        "timeframe": timeframe,
        "final": told.is_final,
    }
    if told.is_revised:
        members["revised"] = True
    if told.bar.is_gone:
        members["gone"] = True
    head = msgspec.json.encode(members)[:-1]
    return Event(
        Topic(BARS if told.is_final else PROVISIONAL, timeframe),
        symbol,
        series.source,
        {
            display: b"%s,%s}" % (head, text.encode())
            for display, text in zip(displays, told.bar.texts, strict=False)
        },
        key=Key(told.bar.end - MICROSECOND, 0, 0, False, ""),
    )
