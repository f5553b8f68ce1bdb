"""Trades of the past as venues give them over HTTP, read through the loader's own formats."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.feed.decoded import events_of, json_of
from ingest.feed.history import Gap, GapStays, Rest, VenueFailed
from ingest.feed.native import tick, time_of
from ingest.feed.source import BadFrame
from ingest.feed.texts import line
from ingest.formats.events import Trade
from ingest.formats.fields import Payload
from ingest.formats.message import Format
from ingest.formats.native_message import TickMessage
from ingest.formats.times import EPOCH, MICROSECOND

UNIX_EPOCH = EPOCH.replace(year=1970)
MILLISECOND = timedelta(milliseconds=1)
DELAY = timedelta(seconds=10)


def answer(rest: Rest, gap: Gap, path: str, params: Mapping[str, str]) -> Any:
    """Returns the JSON of an answer; raises VenueFailed."""
    try:
        return json_of(rest.get(path, params))
    except BadFrame as error:
        raise unreadable(gap, str(error)) from None


def rows_of(gap: Gap, found: object) -> list[Payload]:
    """Returns the rows of an answer; raises VenueFailed."""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise unreadable(gap, "it is no list of trades")
    return found


def trades_of(
    format_: Format, gap: Gap, rows: Sequence[Payload], within: Callable[[list[Any]], Payload]
) -> list[Trade]:
    """Returns the trades of rows, put into a frame by `within`; raises VenueFailed."""
    events, fault = events_of(format_, list(rows), within) if rows else ([], "")
    if fault:
        raise unreadable(gap, fault)
    found = [one for one in events if isinstance(one, Trade)]
    if not all(one.symbol == gap.symbol for one in found):
        raise unreadable(gap, "it is about another symbol")
    return found


def check_age(gap: Gap) -> None:
    """Raises GapStays for a gap that has just ended: a venue's history comes a little later."""
    if datetime.now(UTC) < gap.until + DELAY:
        raise GapStays(f"too recent: {gap.source} may not have all of it yet")


def upwards(
    gap: Gap, page: Callable[[int], list[Trade]], first: Callable[[], int | None]
) -> Iterator[TickMessage]:
    """Yields pages of trades from an id on, from before a gap's start to behind its end.

    `first` finds an id by the gap's start if none is known. Raises VenueFailed, GapStays.
    """
    check_age(gap)
    at = first() if gap.first_id is None else max(int(gap.first_id) - 1, 0)
    is_given = at is None
    while at is not None and (found := _numbered(gap, page(at))):
        is_given = True
        yield from ticks_of(found.values())
        last = max(found)
        if last < at:
            raise again_and_again(gap)
        if last > int(gap.last_id) if gap.last_id else time_of(found[last]) > gap.until:
            return
        at = last + 1
    if not is_given:  # the trade with the first id is there
        raise GapStays(f"{gap.source} has no trades of that time")


def downwards(
    gap: Gap, page: Callable[[int | None], list[Trade]], below: int | None
) -> Iterator[TickMessage]:
    """Yields pages of trades below an id, from behind a gap's end to before its start.

    None as an id is for the page at the gap's end. Raises VenueFailed, GapStays.
    """
    check_age(gap)
    oldest = None
    while found := _numbered(gap, page(below)):
        yield from ticks_of(found.values())
        first = min(found)
        if below is not None and first >= below:
            raise again_and_again(gap)
        oldest = time_of(found[first])
        if first < int(gap.first_id) if gap.first_id else oldest < gap.since:
            return
        below = first
    if oldest is None:
        raise GapStays(f"{gap.source} has no trades of that time")
    if oldest > gap.since:
        raise GapStays(f"{gap.source} has no trades before {oldest}", oldest + MICROSECOND)


def ticks_of(trades: Iterable[Trade]) -> Iterator[TickMessage]:
    """Yields trades as messages of history."""
    return (tick(one, flags=["backfill"]) for one in trades)


def _numbered(gap: Gap, trades: Iterable[Trade]) -> dict[int, Trade]:
    """Returns trades by their numbers, in order; raises VenueFailed."""
    try:
        found = {int(one.tick_id or ""): one for one in trades}
    except ValueError as error:
        raise unreadable(gap, str(error)) from None
    return dict(sorted(found.items()))


def again_and_again(gap: Gap) -> VenueFailed:
    return VenueFailed(f"{gap.source} gives the same trades of {gap.symbol} again and again")


def refused(gap: Gap, reason: object) -> VenueFailed:
    """Returns the error for an answer that is one."""
    return VenueFailed(f"{gap.source} answers about {gap.symbol}: {line(str(reason))}")


def unreadable(gap: Gap, reason: str) -> VenueFailed:
    """Returns the error for an answer that is not as documented."""
    reason = line(reason)
    return VenueFailed(f"{gap.source}'s answer about {gap.symbol} cannot be read: {reason}")


def unix_ms(time: datetime) -> int:
    """Returns a time in milliseconds since 1970, cut."""
    return (time - UNIX_EPOCH) // MILLISECOND
