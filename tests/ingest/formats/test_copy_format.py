"""Rows as COPY takes them: what is written is what the database then holds."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.formats.copy_format import (
    QUOTES,
    TABLES,
    TRADES,
    columns_of,
    selected,
    values_of,
    with_messages,
    write,
)
from ingest.formats.events import Quote, Trade, kind_of
from ingest.formats.sequences import sequence_of
from ingest.formats.times import EPOCH
from tests.ingest import made

NOON = 825_508_800 * 1_000_000  # 2026-02-27T12:00:00Z in microseconds since 2000-01-01
TRADE = Trade(
    NOON + 5,
    r"a\b",
    "algoseek",
    Decimal("1E+2"),
    Decimal("0.50"),
    side="buy",
    tick_id="7",
    ns=12,
    exchange="V",
    conditions=("0x2000", 'say "\\"'),
    received_us=NOON + 9,
)
QUOTE = Quote(NOON, "EUR/USD", "sim", Decimal("1.10"), None, Decimal(3), tick_id="x", seq=4)


@pytest.mark.parametrize("table", [TRADES, QUOTES], ids=["trades", "quotes"])
def test_every_column_of_the_relation_is_written(table, query):
    stored = query(
        "select column_name from information_schema.columns "
        "where table_schema = 'market' and table_name = %s",
        table.relation,
    )
    assert sorted(table.columns) == sorted(name for (name,) in stored)


def test_the_values_of_a_trade_are_those_of_its_row():
    assert values_of(TRADE, made.CATALOG, 7) == {
        "ts": "2026-02-27T12:00:00.000005Z",
        "symbol": "a\\b",
        "source": "algoseek",
        "price": "100",
        "size": "0.50",
        "side": "buy",
        "tick_id": "7",
        "exchange": "V",
        "tape": None,
        "conditions": ["0x2000", 'say "\\"'],
        "received_at": "2026-02-27T12:00:00.000009Z",
        "seq": 7,
        "batch": 7,
        "rules": 1,
        "ns": 12,
        "moves": made.CATALOG.rules.moves("algoseek", None, TRADE.conditions, TRADE.us),
    }


def test_the_values_of_a_quote_are_those_of_its_row():
    assert values_of(QUOTE, made.CATALOG, 7) == {
        "ts": "2026-02-27T12:00:00.000000Z",
        "symbol": "EUR/USD",
        "source": "sim",
        "bid": "1.10",
        "ask": None,
        "bid_size": "3",
        "ask_size": None,
        "tick_id": "x",
        "exchange": None,
        "tape": None,
        "conditions": None,
        "received_at": None,
        "seq": 4,
        "batch": 7,
        "ns": 0,
        "moves": 1,
    }


@pytest.mark.parametrize(
    "bid, ask, moves",
    [("1.10", "1.12", 7), ("0", "1.12", 2), ("0.01", "199999.99", 0), ("1", "2.6", 0)],
)
def test_the_mask_of_a_quote_follows_the_facts_of_its_source(bid, ask, moves):
    quote = msgspec.structs.replace(QUOTE, bid=Decimal(bid), ask=Decimal(ask))
    known = made.catalog_with(wide_quote_ratio=Decimal("2.5"))
    assert values_of(quote, known, 7)["moves"] == moves


def test_columns_that_are_one_text_are_that_text_in_every_row():
    columns = {"ts": ["1", "2"], "symbol": "A", "price": ["7", "8"], "batch": "5"}
    middle, nulls = "\t\\N" * 9, "\t\\N"
    assert write(TRADES, columns).decode() == (
        f"1\tA\t\\N\t7{middle}{nulls}\t5\t\\N\n2\tA\t\\N\t8{middle}{nulls}\t5\t\\N\n"
    )


def test_columns_of_unequal_lengths_are_an_error():
    with pytest.raises(ValueError, match="shorter"):
        write(TRADES, {"ts": ["1", "2"], "symbol": ["A"]})


def test_rows_are_selected_whole():
    rows = write(TRADES, columns_of(TRADES, [TRADE] * 3, made.CATALOG, 7))
    lines = rows.splitlines(keepends=True)
    assert selected(rows, [True, True, True]) == rows
    assert selected(rows, [False, True, False]) == lines[1]
    assert selected(rows, [True, False, True]) == lines[0] + lines[2]
    assert with_messages(rows, [3, 5, 5]) == b"".join(
        line[:-1] + b"\t%d\n" % message for line, message in zip(lines, (3, 5, 5), strict=True)
    )


@pytest.fixture
def conn(fresh_database):
    with psycopg.connect(fresh_database) as opened:
        opened.execute("set time zone 'UTC'")
        yield opened


READ = {
    "trade": "select ts, symbol, source, price, size, side, tick_id, exchange, tape, conditions, "
    "received_at, seq, ns, batch from market.trades",
    "quote": "select ts, symbol, source, bid, ask, bid_size, ask_size, tick_id, exchange, tape, "
    "conditions, received_at, seq, ns, batch from market.quotes",
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        made.trades,
        min_size=1,
        max_size=4,
        unique_by=lambda event: (event.us, event.symbol, event.source, event.tick_id),
    )
    | st.lists(
        made.quotes,
        min_size=1,
        max_size=4,
        unique_by=lambda event: (event.us, event.symbol, event.source, event.tick_id),
    )
)
@example([msgspec.structs.replace(TRADE, tick_id=r"\N", symbol=r"\.")])
def test_an_event_comes_back_from_the_database_exactly(conn, events):
    """Copies events into their relation as the loader does, and reads them back."""
    table = TABLES[kind_of(events[0])]
    rows = write(table, columns_of(table, events, made.CATALOG, 7))
    with conn.transaction(force_rollback=True):
        columns = ", ".join(table.columns)
        with conn.cursor().copy(f"copy market.{table.relation} ({columns}) from stdin") as copy:
            copy.write(rows)
        stored = conn.execute(READ[table.kind]).fetchall()
    assert sorted(map(exactly, stored)) == sorted(exactly(expected(event)) for event in events)


def expected(event):
    if isinstance(event, Trade):
        numbers = [event.price, event.size, event.side]
    else:
        numbers = [event.bid, event.ask, event.bid_size, event.ask_size]
    received = event.received_us
    return [
        EPOCH + timedelta(microseconds=event.us),
        event.symbol,
        event.source,
        *numbers,
        event.tick_id,
        event.exchange,
        event.tape,
        list(event.conditions) or None,
        None if received is None else EPOCH + timedelta(microseconds=received),
        sequence_of(event),
        event.ns,
        7,
    ]


def exactly(row):
    """Distinguishes 0.10 from 0.1."""
    return [format(value, "f") if isinstance(value, Decimal) else str(value) for value in row]
