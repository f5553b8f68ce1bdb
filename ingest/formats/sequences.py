"""The sequence of an event that has none: its id where that is a number, else a hash."""

from decimal import Context, Decimal
from hashlib import blake2b

from ingest.formats.events import LARGEST_NUMBER, LARGEST_SEQUENCE, MOST_DECIMALS, Event, Trade

LONGEST_NUMBER_ID = len(str(LARGEST_SEQUENCE))
_EXACT = Context(prec=LARGEST_NUMBER.adjusted() + MOST_DECIMALS)


def sequence_of(event: Event) -> int:
    """Returns the sequence of an event, from 0 to LARGEST_SEQUENCE; the same for equal events."""
    if event.seq is not None:
        return event.seq
    if event.tick_id is not None:
        return id_sequence(event.tick_id)
    return _hash(_content(event))


def id_sequence(tick_id: str) -> int:
    """Returns the sequence that follows from an id."""
    if len(tick_id) <= LONGEST_NUMBER_ID and tick_id.isascii() and tick_id.isdecimal():
        number = int(tick_id)
        if number <= LARGEST_SEQUENCE:
            return number
    return _hash(tick_id)


def _content(event: Event) -> str:
    if isinstance(event, Trade):
        numbers, side = [event.price, event.size], event.side
    else:
        numbers, side = [event.bid, event.ask, event.bid_size, event.ask_size], None
    texts = [_normal(number) for number in numbers]
    return repr([*texts, side, event.exchange, event.tape, event.conditions])


def _normal(number: Decimal | None) -> str | None:
    """Returns 1.5 for 1.50, as writers differ in that."""
    return None if number is None else str(number.normalize(_EXACT))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) >> 1
