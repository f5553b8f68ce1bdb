"""A look at the first rows of a file of quotes: which column is the bid, and which the ask."""

from decimal import Decimal

from db.errors import UsageError
from ingest.files import members
from ingest.files.layout import FileFacts, Row


def check(file: FileFacts, *, bid_at: int, ask_at: int) -> None:
    """Raises UsageError if the bid is above the ask in most of a file's first rows."""
    crossed = sum(_is_crossed(row, bid_at, ask_at) for row in file.first_rows)
    if crossed * 2 > len(file.first_rows):
        raise UsageError(
            f"{file.name}: in {crossed} of its first {len(file.first_rows)} rows the bid is above"
            " the ask: its columns are in another order"
        )


def _is_crossed(row: Row, bid_at: int, ask_at: int) -> bool:
    try:
        bid, ask = (Decimal(members.number(row[at], "price")) for at in (bid_at, ask_at))
    except (IndexError, ValueError):
        return False
    return bid > ask
