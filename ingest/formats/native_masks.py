"""Masks of many trades or quotes, as bar_rules.py gives them for one."""

from collections.abc import Sequence
from decimal import Decimal

from ingest.formats.bar_rules import ASK, BID, MID, quote_moves
from ingest.formats.catalog import Catalog
from ingest.formats.copy_format import Column
from ingest.formats.times import SECOND_LENGTH, second_us

# Doubles are a few parts in 10^16 off; what is nearer to the limit than this is compared exactly.
CLEARLY = 0.999


def trade_masks(
    sources: Sequence[str],
    tapes: Sequence[str | None],
    conditions: Sequence[tuple[str, ...]],
    times: Sequence[str],
    catalog: Catalog,
) -> Column:
    """Returns the mask of each trade, or the one of all of them."""
    rules = catalog.rules
    rule_sets = {source: catalog.of(source).rule_set for source in set(sources)}
    if len(rule_sets) == len(set(tapes)) == len(set(conditions)) == 1:
        mask = rules.masks(rule_sets[sources[0]], tapes[0] or None, conditions[0])
        if isinstance(mask, int):
            return str(mask)
    combinations = [
        (rule_sets[source], tape or None, codes)
        for source, tape, codes in zip(sources, tapes, conditions, strict=True)
    ]
    masks = {one: rules.masks(*one) for one in set(combinations)}
    if all(isinstance(mask, int) for mask in masks.values()):
        texts = {one: str(mask) for one, mask in masks.items()}
        return (
            next(iter(texts.values())) if len(texts) == 1 else [texts[one] for one in combinations]
        )
    return [
        str(rules.moves(*one, second_us(time[:SECOND_LENGTH])))
        for one, time in zip(combinations, times, strict=True)
    ]


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
