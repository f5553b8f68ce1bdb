"""Columns of what venues say of events besides their numbers, as the fast way writes them.

There are many events, but few combinations: each is checked and written once.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ingest.formats.bar_rules import (
    ASK,
    BID,
    COMBINATIONS_KNOWN,
    MID,
    Mask,
    Rules,
    quote_moves,
)
from ingest.formats.catalog import Catalog
from ingest.formats.copy_format import NULL, Column, conditions_text
from ingest.formats.events import LONGEST_NAME, MOST_CONDITIONS
from ingest.formats.times import SECOND_LENGTH, second_us

# Doubles are a few parts in 10^16 off; what is nearer to the limit than this is compared exactly.
CLEARLY = 0.999


# The marks of a trade: its source, side, exchange, tape and conditions.
_Marks = tuple[str, str | None, str | None, str | None, tuple[str, ...] | None]


def trade_marks(
    messages: Sequence[Any], sources: Sequence[str], times: Sequence[str], catalog: Catalog
) -> dict[str, Column]:
    """Returns the columns from `side` to `moves` of trades; raises ValueError."""
    columns = (
        sources,
        [m.side for m in messages],
        [m.exchange for m in messages],
        [m.tape for m in messages],
        [m.conditions for m in messages],
    )
    combinations = _combined(columns)
    rule_sets = {source: catalog.of(source).rule_set for source in set(sources)}
    masks = {one: _masks(one, rule_sets, catalog.rules) for one in set(combinations)}
    moves: Column
    if all(isinstance(mask, int) for mask in masks.values()):
        texts = {one: f"{_text(*one[1:])}\t{mask}" for one, mask in masks.items()}
        moves = None
    else:  # some depend on the session of the trade
        texts = {one: _text(*one[1:]) for one in masks}
        moves = [
            _moves(one, masks[one], rule_sets, time, catalog.rules)
            for one, time in zip(combinations, times, strict=True)
        ]
    joined = {"exchange": None, "tape": None, "conditions": None}
    return {"side": _mapped(combinations, texts), **joined, "moves": moves}


def _masks(marks: _Marks, rule_sets: dict[str, str], rules: Rules) -> Mask:
    source, _side, _exchange, tape, conditions = marks
    return rules.masks(rule_sets[source], tape or None, conditions or ())


def _moves(marks: _Marks, mask: Mask, rule_sets: dict[str, str], time: str, rules: Rules) -> str:
    if isinstance(mask, int):
        return str(mask)
    return str(rules.mask_at(rule_sets[marks[0]], mask, second_us(time[:SECOND_LENGTH])))


def quote_marks(messages: Sequence[Any]) -> dict[str, Column]:
    """Returns the columns from `exchange` to `conditions` of quotes; raises ValueError."""
    columns = (
        [m.exchange for m in messages],
        [m.tape for m in messages],
        [m.conditions for m in messages],
    )
    combinations = _combined(columns)
    texts = {one: _text(*one) for one in set(combinations)}
    return {"exchange": _mapped(combinations, texts), "tape": None, "conditions": None}


def _combined(columns: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Returns the rows of columns, one object throughout if they are all equal."""
    if all(len(set(column)) == 1 for column in columns):
        return [tuple(column[0] for column in columns)] * len(columns[0])
    return list(zip(*columns, strict=True))


def _mapped(combinations: Sequence[Any], texts: dict[Any, str]) -> Column:
    if len(texts) == 1:
        return next(iter(texts.values()))
    return [texts[one] for one in combinations]


@lru_cache(COMBINATIONS_KNOWN)
def _text(*marks: Any) -> str:
    """Returns a side if there is one, an exchange, a tape and conditions as COPY takes them."""
    *labels, conditions = marks
    for text in (*labels, *(conditions or ())):
        if text and (len(text) > LONGEST_NAME or not text.isprintable()):
            raise ValueError(text)
    if any("\\" in label for label in labels if label) or len(conditions or ()) > MOST_CONDITIONS:
        raise ValueError(marks)
    return "\t".join([*(label or NULL for label in labels), conditions_text(conditions or ())])


def quote_masks(
    bids: Sequence[str], asks: Sequence[str], sources: Sequence[str], catalog: Catalog
) -> Column:
    """Returns the mask of each quote, or the one of all of them."""
    ratios = {source: catalog.of(source).wide_quote_ratio for source in set(sources)}
    limit = CLEARLY * float(min(ratios.values()))
    floats = zip(map(float, bids), map(float, asks), strict=True)
    if all(bid > 0 and 0 < ask < limit * bid for bid, ask in floats):
        return str(BID | ASK | MID)
    return [
        str(quote_moves(Decimal(bid), Decimal(ask), ratios[source]))
        for bid, ask, source in zip(bids, asks, sources, strict=True)
    ]
