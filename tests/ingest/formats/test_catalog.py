"""Facts about sources, from the rows of the database."""

from decimal import Decimal

import msgspec
import pytest

from ingest.formats import catalog
from ingest.formats.catalog import Source
from tests.ingest import made

ROW = {
    "source": "power",
    "id_scope": "none",
    "rule_set": "all",
    "negative_prices": True,
    "wide_quote_ratio": Decimal("2.5"),
    "calendar": None,
}


def test_rows_with_further_columns_are_read():
    known = catalog.from_rows(4, [ROW], [], [])
    assert known.version == 4
    assert known.of("power") == Source("power", wide_quote_ratio=Decimal("2.5"))


def test_a_source_without_a_row_has_the_defaults():
    assert made.CATALOG.of("nobody") == Source("nobody", "none", "all", True, Decimal(10))
    assert made.CATALOG.of("alpaca").rule_set == "alpaca"


@pytest.mark.parametrize("change", [{"id_scope": "all"}, {"wide_quote_ratio": "x"}])
def test_a_row_that_cannot_be_is_refused(change):
    with pytest.raises(msgspec.ValidationError):
        catalog.from_rows(1, [ROW | change], [], [])


def test_the_shipped_sources_are_those_of_the_migration(query):
    stored = query("select source, id_scope, rule_set from market.sources order by source")
    assert stored == [
        (name, made.CATALOG.of(name).id_scope, made.CATALOG.of(name).rule_set)
        for name, _, _ in stored
    ]
    assert {name for name, _, _ in stored} >= made.CATALOG.sources.keys()
