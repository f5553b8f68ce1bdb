"""Ids of Databento's records: publisher, time of the event, sequence, and number among those alike.

None is unique: one order that meets several has one sequence, and publishers count for themselves.
"""

UNDEFINED_PRICE = 9223372036854775807
UNDEFINED_TIME = 18446744073709551615
PRICE_DECIMALS = 9
TAKERS = {"A": "sell", "B": "buy", "N": ""}  # the side that the aggressor's order was on
FIRST = "0000"
TRADE = "T"  # the action of a trade


class Ordinals:
    """Counts the records of one event of each series."""

    def __init__(self) -> None:
        self._last: dict[object, tuple[object, object, int]] = {}

    def number(self, series: object, event: object, sequence: object) -> str:
        """Returns how many records of this event came before, in digits that sort as texts."""
        last = self._last.get(series)
        if last is None or last[1] != sequence or last[0] != event:
            self._last[series] = (event, sequence, 0)
            return FIRST
        number = last[2] + 1
        self._last[series] = (event, sequence, number)
        return f"{number:04d}"


def id_of(publisher: object, event: object, sequence: object, ordinal: str) -> str:
    """Returns an id; ids of one event are in order as texts."""
    return f"{publisher}-{event}-{sequence}-{ordinal}"
