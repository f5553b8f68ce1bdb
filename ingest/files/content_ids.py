"""Readers of files whose rows have no ids: the content of a row, and its number in its moment."""

from collections.abc import Callable

from ingest.files.ids import Moments
from ingest.files.layout import Message, Row, RowReader
from ingest.files.members import BACKFILL

# The members of a row and its content, which tells it from others of its moment; None: no event.
ReadFields = Callable[[Row], tuple[str, str] | None]


def reader(
    symbol: str,
    head: str,
    moments: Moments,
    time_of: Callable[[Row], str],
    fields_of: ReadFields,
) -> RowReader:
    """Returns the reader of a file of one symbol in order of time.

    `head` is the beginning of a message. The content is made of digits and signs, as JSON has them.
    """
    place = moments.place

    def read(row: Row) -> Message | None:
        found = fields_of(row)
        if found is None:
            return None
        time = time_of(row)
        tick_id, number = place(time, found[1])
        return symbol, (
            f'{head}{time}"{found[0]},"seq":{number},"dedupe_id":"{tick_id}"{BACKFILL}'
        ).encode()

    return read
