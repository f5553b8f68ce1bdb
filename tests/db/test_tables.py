"""Every format has exactly the values of SQL: numbers, nulls, lists, nanoseconds, odd symbols."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pytest
from pyarrow import parquet

from api.display import parse_display
from db.tables import arrow
from db.tables.blocks import blocks
from db.tables.formats import FORMATS
from db.tables.table import Column, Table

COLUMNS = (
    Column("symbol", "text"),
    Column("day", "bucket"),
    Column("t", "time", nanos="ns"),
    Column("seen", "time"),
    Column("p", "number"),
    Column("n", "count"),
    Column("c", "texts"),
    Column("i", "id"),
    Column("final", "truth"),
)
NAMES = [column.name for column in COLUMNS]

# As in SQL: symbol, day, t, nanoseconds, seen, p, n, c, i, final.
ROWS: list[tuple[Any, ...]] = [
    ("=1+1", "2026-02-27", "2026-02-27 12:00:00.123456", 789, "2026-02-27 12:00:01.5",
     "0.00000811", 7, ["@", "T"], "V:1", True),
    ("@SUM", "1969-12-31", "1969-12-31 23:59:59.999999", 1, "1969-12-31 23:59:59.000001",
     "-37.63", 0, [], "", False),
    ("-X", "2026-02-27", "2026-02-27 12:00:00", 0, None,
     "123456789012345678901234567890.5", 2**62, None, "007", None),
    ('B,C "quoted"\nline', "2026-02-27", "2026-02-27 12:00:00.5", 0, None,
     "1", None, ["a,b", 'x"y', "\\N", "", "\u2028\x01"], None, True),
    ("NA", "2026-02-27", "2026-02-27 12:00:00.1", 100, None,
     "100", 1, ["@", "T"], "\\.", False),
]  # fmt: skip

STATEMENT = """
    select
        symbol, day::timestamptz, t::timestamptz, ns, seen::timestamptz, p::numeric,
        n::bigint, case when has_c then c end as c, i, final
    from (
        select
            value ->> 0 as symbol, value ->> 1 as day, value ->> 2 as t, (value ->> 3)::int as ns,
            value ->> 4 as seen, value ->> 5 as p, value ->> 6 as n,
            array(select jsonb_array_elements_text(nullif(value -> 7, 'null'))) as c,
            value -> 7 <> 'null' as has_c, value ->> 8 as i, (value ->> 9)::boolean as final
        from jsonb_array_elements(%(rows)s::jsonb) with ordinality as rows (value, number)
        order by number
    ) as parsed
"""


def body(
    url: str,
    name: str,
    rows: list[tuple[Any, ...]] = ROWS,
    ts: str = "rfc3339",
    decimals: str = "number",
) -> bytes:
    """Returns the table of the rows in a format."""
    table = Table("rows", STATEMENT, {"rows": json.dumps(rows)}, COLUMNS)

    async def collected() -> bytes:
        options = "-c timezone=UTC"
        async with await psycopg.AsyncConnection.connect(url, options=options) as conn:
            found = blocks(conn, table, FORMATS[name], parse_display(ts, None, decimals))
            return b"".join([block async for block in found])

    return asyncio.run(collected())


def test_csv_keeps_every_value(fresh_database: str) -> None:
    text = body(fresh_database, "csv").decode()
    assert text.startswith(",".join(NAMES) + "\n")
    assert list(csv.reader(io.StringIO(text, newline="")))[1:] == [
        ["=1+1", "2026-02-27T00:00:00Z", "2026-02-27T12:00:00.123456789Z",
         "2026-02-27T12:00:01.500000Z", "0.00000811", "7", '["@","T"]', "V:1", "true"],
        ["@SUM", "1969-12-31T00:00:00Z", "1969-12-31T23:59:59.999999001Z",
         "1969-12-31T23:59:59.000001Z", "-37.63", "0", "[]", "", "false"],
        ["-X", "2026-02-27T00:00:00Z", "2026-02-27T12:00:00.000000000Z", "",
         "123456789012345678901234567890.5", str(2**62), "", "007", ""],
        ['B,C "quoted"\nline', "2026-02-27T00:00:00Z", "2026-02-27T12:00:00.500000000Z", "",
         "1.0", "", '["a,b","x\\"y","\\\\N","","\u2028\\u0001"]', "", "true"],
        ["NA", "2026-02-27T00:00:00Z", "2026-02-27T12:00:00.100000100Z", "",
         "100.0", "1", '["@","T"]', "\\.", "false"],
    ]  # fmt: skip


def test_csv_tells_null_from_an_empty_text(fresh_database: str) -> None:
    text = body(fresh_database, "csv").decode()
    assert ',-37.63,0,[],"",false\n' in text  # an id that is empty
    assert '",,true\n' in text  # none


def test_pandas_reads_csv(fresh_database: str) -> None:
    frame = pd.read_csv(
        io.BytesIO(body(fresh_database, "csv")),
        dtype={"symbol": "str", "i": "str"},
        parse_dates=["t"],
        keep_default_na=False,
        na_values={"p": [""], "n": [""]},
    )
    assert list(frame["symbol"]) == [row[0] for row in ROWS]
    assert frame["t"][0] == pd.Timestamp("2026-02-27T12:00:00.123456789Z")
    assert list(frame["p"]) == [float(row[5]) for row in ROWS]


def test_ndjson_keeps_every_value(fresh_database: str) -> None:
    text = body(fresh_database, "ndjson").decode()
    rows = [json.loads(line, parse_float=Decimal) for line in text.split("\n")[:-1]]
    assert [row["symbol"] for row in rows] == [row[0] for row in ROWS]
    assert [row["p"] for row in rows] == [Decimal(row[5]) for row in ROWS]
    assert [row["n"] for row in rows] == [row[6] for row in ROWS]
    assert [row["c"] for row in rows] == [row[7] for row in ROWS]
    assert [row["i"] for row in rows] == [row[8] for row in ROWS]
    assert [row["final"] for row in rows] == [row[9] for row in ROWS]
    assert rows[0]["t"] == "2026-02-27T12:00:00.123456789Z"
    assert rows[1]["day"] == "1969-12-31T00:00:00Z"
    assert '"p":1.0,' in text  # a point, so that readers do not guess whole numbers


def test_ndjson_has_decimals_as_strings_if_asked(fresh_database: str) -> None:
    text = body(fresh_database, "ndjson", decimals="string").decode()
    rows = [json.loads(line) for line in text.split("\n")[:-1]]
    assert [row["p"] for row in rows] == [row[5] for row in ROWS]


def read_arrow(found: bytes) -> pa.Table:
    return pa.ipc.open_stream(found).read_all()


def read_parquet(found: bytes) -> pa.Table:
    return parquet.ParquetFile(io.BytesIO(found)).read()


READERS = [("arrow", read_arrow), ("parquet", read_parquet)]


@pytest.mark.parametrize(("name", "read"), READERS)
def test_arrow_and_parquet_keep_every_value(fresh_database: str, name: str, read: Any) -> None:
    table = read(body(fresh_database, name))
    assert table.schema.names == NAMES
    assert [str(kind) for kind in table.schema.types] == [
        "string", "timestamp[us, tz=UTC]", "timestamp[ns, tz=UTC]", "timestamp[us, tz=UTC]",
        "double", "int64", str(table.schema.field("c").type), "string", "bool",
    ]  # fmt: skip
    assert table["symbol"].to_pylist() == [row[0] for row in ROWS]
    assert table["p"].to_pylist() == [float(row[5]) for row in ROWS]
    assert table["n"].to_pylist() == [row[6] for row in ROWS]
    assert table["c"].to_pylist() == [row[7] for row in ROWS]
    assert table["i"].to_pylist() == [row[8] for row in ROWS]
    assert table["final"].to_pylist() == [row[9] for row in ROWS]
    assert table["t"].cast(pa.int64()).to_pylist()[:2] == [1772193600123456789, -999]
    assert table["seen"].to_pylist()[0] == datetime(2026, 2, 27, 12, 0, 1, 500000, UTC)
    assert table["seen"].null_count == 3


@pytest.mark.parametrize(("name", "read"), READERS)
def test_arrow_and_parquet_have_exact_texts_if_asked(
    fresh_database: str, name: str, read: Any
) -> None:
    table = read(body(fresh_database, name, decimals="string"))
    assert table["p"].to_pylist() == [row[5] for row in ROWS]


@pytest.mark.parametrize(
    ("ts", "counts"),
    [
        ("s", [1772193600, -1]),
        ("ms", [1772193600123, -1]),
        ("us", [1772193600123456, -1]),
        ("ns", [1772193600123456789, -999]),
    ],
)
def test_times_are_counts_if_asked_floored_to_their_unit(
    fresh_database: str, ts: str, counts: list[int]
) -> None:
    rows = list(
        csv.DictReader(io.StringIO(body(fresh_database, "csv", ts=ts).decode(), newline=""))
    )
    assert [int(row["t"]) for row in rows[:2]] == counts
    lines = body(fresh_database, "ndjson", ts=ts).decode().split("\n")[:2]
    assert [json.loads(line)["t"] for line in lines] == counts
    table = read_arrow(body(fresh_database, "arrow", ts=ts))
    assert str(table.schema.field("t").type) == f"timestamp[{ts}, tz=UTC]"
    assert table["t"].cast(pa.int64()).to_pylist()[:2] == counts


def test_parquet_has_no_seconds_and_writes_them_as_milliseconds(fresh_database: str) -> None:
    table = read_parquet(body(fresh_database, "parquet", ts="s"))
    assert table["t"].cast(pa.int64()).to_pylist()[:2] == [1772193600000, -1000]


def test_a_table_without_rows_has_its_header_and_schema(fresh_database: str) -> None:
    assert body(fresh_database, "csv", []) == ",".join(NAMES).encode() + b"\n"
    assert body(fresh_database, "ndjson", []) == b""
    assert read_arrow(body(fresh_database, "arrow", [])).schema.names == NAMES
    assert read_parquet(body(fresh_database, "parquet", [])).num_rows == 0


def test_parquet_has_row_groups_of_equal_size(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [(*ROWS[0][:6], number, *ROWS[0][7:]) for number in range(2_500)]
    monkeypatch.setattr(arrow, "GROUP_ROWS", 1_000)
    file = parquet.ParquetFile(io.BytesIO(body(fresh_database, "parquet", many)))
    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [1_000, 1_000, 500]
    assert file.read()["n"].to_pylist() == list(range(2_500))
