"""Ids of Databento's records: publisher, time of the event, sequence, and number among those alike.

None is unique: one order that meets several has one sequence, and publishers count for themselves.
"""

UNDEFINED_PRICE = 9223372036854775807
UNDEFINED_TIME = 18446744073709551615
PRICE_DECIMALS = 9
TAKERS = {"A": "sell", "B": "buy", "N": ""}  # the side that the aggressor's order was on
TRADE = "T"  # the action of a trade


class Ordinals:
    """Counts the records of one event of each instrument."""

    def __init__(self) -> None:
        self._last: dict[object, tuple[object, int]] = {}

    def number(self, instrument: object, event: object) -> int:
        """Returns how many records of this event of an instrument came before."""
        before = self._last.get(instrument)
        number = before[1] + 1 if before is not None and before[0] == event else 0
        self._last[instrument] = (event, number)
        return number


def id_of(publisher: object, ts_event: object, sequence: object, number: int) -> str:
    """Returns an id; ids of one event are in order as texts."""
    return f"{publisher}-{ts_event}-{sequence}-{number:04d}"
