"""Rows of stored events: the messages that are made of them are stored with the same columns."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.files import moments, stored_events
from ingest.files.layout import FileOptions
from ingest.formats import copy_format, native_columns
from ingest.formats.copy_format import QUOTES, TABLES, TRADES, values_of
from ingest.formats.events import kind_of
from ingest.formats.times import SECOND_LENGTH
from tests.ingest import made
from tests.ingest.made import trade

LAST_SECOND = moments.LIMIT[:SECOND_LENGTH]  # of which files are read as far as before it


def cells_of(values, kind):
    """Returns the columns of an event as a file has them."""
    texts = {name: "" if value is None else str(value) for name, value in values.items()}
    return [
        values[name] if name == "conditions" else texts[name]
        for name in stored_events.COLUMNS[kind]
    ]


def message_of(values, kind):
    return stored_events.Reader(kind, FileOptions()).read(cells_of(values, kind))


@settings(deadline=None)
@given(made.events, st.booleans())
def test_a_stored_event_becomes_a_message_that_is_stored_alike(event, lists_none):
    found = made.decoded(made.native(event))
    if not isinstance(found, list):
        return
    [stored] = found
    if not stored.conditions:
        stored = msgspec.structs.replace(stored, lists_none=lists_none)
    kind = kind_of(stored)
    values = values_of(stored, made.CATALOG, made.BATCH)
    if max(values["ts"], values["received_at"] or "") >= LAST_SECOND:
        return
    symbol, message = message_of(values, kind)
    assert symbol == stored.symbol
    [again] = made.decoded(message)
    assert values_of(again, made.CATALOG, made.BATCH) == values
    fast = native_columns.decode([message], [0], made.CATALOG, made.BATCH)
    if fast is not None:
        columns = fast.trades or fast.quotes
        slow = copy_format.columns_of(TABLES[kind], [again], made.CATALOG, made.BATCH)
        assert columns.text == copy_format.write(TABLES[kind], slow)


def test_the_largest_number_is_not_rounded_to_one_that_is_too_large():
    [stored] = made.decoded(trade(1, price="9" * 40))
    values = values_of(stored, made.CATALOG, made.BATCH)
    assert f'"price":"{"9" * 40}"' in message_of(values, "trade")[1].decode()


def test_the_columns_are_those_of_the_relations_but_for_what_belongs_to_the_database():
    for table in (TRADES, QUOTES):
        left_out = {"batch", "rules", "moves"} & {*table.columns}
        assert {*stored_events.COLUMNS[table.kind]} == {*table.columns} - left_out


def test_an_exported_event_goes_the_fast_way():
    [stored] = made.decoded(trade(1, source="alpaca", exchange="V", conditions=["@"]))
    values = values_of(stored, made.CATALOG, made.BATCH)
    for changes in ({}, {"tick_id": None}):
        _, message = message_of(values | changes, "trade")
        assert native_columns.decode([message], [0], made.CATALOG, made.BATCH) is not None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"seq": None}, "seq is missing"),
        ({"seq": -1}, "seq is '-1'"),
        ({"seq": 2**63}, "seq is '9223372036854775808'"),
        ({"ns": 1000}, "ns is '1000', not from 0 to 999"),
        ({"ns": None}, "ns is '', not from 0 to 999"),
        ({"price": None}, "price is missing"),
        ({"price": "Infinity"}, "price is 'Infinity', not a number"),
        ({"size": "-1"}, "size is '-1', below zero"),
        ({"side": "bid"}, "side is 'bid', not one of buy, sell"),
        ({"source": None}, "source is missing"),
        ({"symbol": None}, "symbol is ''"),
        ({"ts": "1999-12-31T23:59:59.999999Z"}, "before 2000 or after 2070"),
        ({"conditions": ["a\n"]}, "conditions is 'a\\n'"),
        ({"tick_id": "a\0"}, "tick_id is 'a\\x00'"),
    ],
)
def test_a_row_that_cannot_be_stored_is_told_by_its_column(changes, reason):
    [stored] = made.decoded(trade(1))
    values = values_of(stored, made.CATALOG, made.BATCH) | changes
    with pytest.raises(ValueError, match=r".") as raised:
        message_of(values, "trade")
    assert reason in str(raised.value)
