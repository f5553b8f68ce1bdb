"""Rows as COPY takes them: what is written is what the database then holds."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from db import sql
from ingest.formats.copy_format import COLUMNS, columns_of, order_keys, selected, values_of, write
from ingest.formats.decode import decode_message
from ingest.formats.times import EPOCH
from tests.ingest import made

START = 825_508_805 * 1_000_000  # 2026-02-27T12:00:05Z in microseconds since 2000-01-01
[TRADE] = decode_message(made.trade(5))
[QUOTE] = decode_message(made.quote())


def test_columns_are_written_in_the_order_of_the_table(query):
    assert query(
        "select string_agg(column_name, ' ' order by ordinal_position) "
        "from information_schema.columns where table_schema = 'market' and table_name = 'ticks'"
    ) == [(" ".join(COLUMNS),)]


def test_a_column_that_is_left_out_is_null():
    rows = write({"ts": ["1", "2"], "symbol": ["A", "B"], "ord": ["7", "8"]})
    nulls = "\t".join([r"\N"] * (len(COLUMNS) - 3))
    assert rows.decode() == f"1\tA\t{nulls}\t7\n2\tB\t{nulls}\t8\n"


def test_columns_of_unequal_lengths_are_an_error():
    with pytest.raises(ValueError, match="shorter"):
        write({"ts": ["1", "2"], "symbol": ["A"]})


def test_values_are_those_of_the_row_without_escapes():
    tick = msgspec.structs.replace(QUOTE, symbol="a\\b")
    assert values_of(tick, 9) == {
        "ts": "2026-02-27T12:00:00.000000Z",
        "symbol": "a\\b",
        "source": "sim",
        "price": "1.150",
        "size": None,
        "bid": "1.10",
        "ask": "1.2",
        "tick_id": "x",
        "ord": str((START - 5_000_000) * 4096 + 9),
    }


def test_rows_are_selected_whole():
    rows = write(columns_of([TRADE, QUOTE, TRADE], [0, 1, 2]))
    lines = rows.splitlines(keepends=True)
    assert selected(rows, [True, True, True]) == rows
    assert selected(rows, [False, True, False]) == lines[1]
    assert selected(rows, [True, False, True]) == lines[0] + lines[2]


def test_equal_times_keep_the_order_of_their_offsets_if_they_have_no_sequence():
    keys = order_keys([START] * 3, [None] * 3, [0, 1, 4098])
    assert keys == [str(START * 4096 + n) for n in (0, 1, 2)]


@pytest.mark.parametrize("sequence, bits", [(2**40 + 7, 7), (-1, 4095)])
def test_a_sequence_beyond_12_bits_leaves_the_time_alone(sequence, bits):
    assert order_keys([START], [sequence], [0]) == [str(START * 4096 + bits)]


@pytest.fixture
def conn(fresh_database):
    with psycopg.connect(fresh_database) as opened:
        opened.execute("set time zone 'UTC'")
        yield opened


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        made.ticks,
        min_size=1,
        max_size=4,
        unique_by=lambda tick: (tick.us, tick.symbol, tick.source, tick.tick_id),
    ),
    st.integers(0, 2**40),
)
@example([msgspec.structs.replace(TRADE, tick_id=r"\N", symbol=r"\.")], 0)
def test_a_tick_comes_back_from_the_database_exactly(conn, ticks, first):
    """Copies ticks into the hypertable as the loader does, and reads them back."""
    offsets = range(first, first + len(ticks))
    with conn.transaction(force_rollback=True):
        conn.execute(sql.load("ingest.store", "make_staging"))
        with conn.cursor().copy(f"copy staging ({', '.join(COLUMNS)}) from stdin") as copy:
            copy.write(write(columns_of(ticks, offsets)))
        conn.execute(sql.load("ingest.store", "store_staging"))
        stored = conn.execute(
            "select ts, symbol, source, price, size, bid, ask, tick_id, ord from market.ticks"
        ).fetchall()
    assert sorted(map(exactly, stored)) == sorted(
        exactly((
            EPOCH + timedelta(microseconds=tick.us),
            tick.symbol,
            tick.source,
            tick.price,
            tick.size,
            tick.bid,
            tick.ask,
            tick.tick_id,
            tick.us * 4096 + (offset if tick.seq is None else tick.seq) % 4096,
        ))
        for tick, offset in zip(ticks, offsets, strict=True)
    )  # fmt: skip


def exactly(row):
    """Distinguishes 0.10 from 0.1."""
    return [format(value, "f") if isinstance(value, Decimal) else str(value) for value in row]
