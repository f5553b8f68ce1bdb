"""The levels of an order book: lists that begin with a price and a size, the best first."""

from ingest.formats.fields import Malformed, Payload, shown


def best(item: Payload, key: str) -> Payload:
    """Returns the price and size of a side, neither if the side is empty."""
    levels = item[key]
    if levels == []:
        return {}
    if not isinstance(levels, list) or not isinstance(levels[0], list) or len(levels[0]) < 2:
        raise Malformed("wrong type", f"{key} is {shown(levels)}, not a list of levels")
    return {"price": levels[0][0], "size": levels[0][1]}
