"""Parts of what comes at once, so that no message is large."""

from collections.abc import Iterator, Sequence

from api.stream.events import Event
from api.stream.token import Cursor

PART_BYTES = 64_000  # clients refuse messages of a megabyte


def parts(
    events: Sequence[Event], before: Cursor, after: Cursor
) -> Iterator[tuple[tuple[Event, ...], Cursor]]:
    """Yields events in parts, each with the place in the log after it, the last with `after`."""
    first = size = 0
    for number, event in enumerate(events):
        last = events[number - 1].order if number else None
        if size > PART_BYTES and last is not None and last != event.order:
            yield tuple(events[first:number]), Cursor(before.position, last)
            first, size = number, 0
        size += event.size
    if events:
        yield tuple(events[first:]), after
