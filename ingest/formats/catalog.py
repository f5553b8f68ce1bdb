"""Facts about sources that decide how their events are stored; the database keeps them as rows."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ingest.formats import bar_rules
from ingest.formats.bar_rules import Rules


class Source(msgspec.Struct, frozen=True):
    """A row of market.sources; the defaults are those of a source that has no row."""

    source: str
    id_scope: Literal["series", "exchange", "none"] = "none"
    rule_set: str = "all"
    negative_prices: bool = True
    wide_quote_ratio: Decimal = Decimal(10)


class Catalog(msgspec.Struct, frozen=True):
    """The sources, and the rules by which trades move candles, as of a version of both."""

    version: int  # ops.rules_version
    sources: dict[str, Source]
    rules: Rules

    def of(self, source: str) -> Source:
        """Returns a source's facts, by its name in lower case."""
        return self.sources.get(source) or Source(source)


def from_rows(
    version: int,
    sources: Iterable[Mapping[str, Any]],
    rule_sets: Iterable[Mapping[str, Any]],
    rules: Iterable[Mapping[str, Any]],
) -> Catalog:
    """Returns the catalog of the rows of market.sources, rule_sets and bar_rules, by column name.

    Columns that no decision depends on may be among them. Raises BadHours, or
    msgspec.ValidationError for another value that cannot be.
    """
    known = (msgspec.convert(row, Source, strict=False) for row in sources)
    return Catalog(
        version, {source.source: source for source in known}, bar_rules.from_rows(rule_sets, rules)
    )
