"""Readers of tables get the rows of the database, by the URL alone where they can."""

import io
import re
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from api.settings import ApiSettings
from stack.database import Database
from tests import support
from tests.api.serving import served
from tests.api.store import Store, Tick, at

# Whole prices and sizes first, then fractions: readers guess types from the first rows.
TICKS = [
    Tick(
        at("12:00:00") + timedelta(milliseconds=n),
        str(100 + n % 3) if n < 2_000 else f"100.{n % 9}",
        None if n % 11 == 0 else "1" if n < 2_000 else f"0.{n % 7}1",
    )
    for n in range(5_000)
]
PAGE = Path(__file__).parents[2] / "docs" / "clients" / "tables.md"
READERS = re.compile(r"^\| (pandas|polars|pyarrow|DuckDB) \| (`.+`) \|$", re.MULTILINE)
LINES = dict(reversed(READERS.findall(PAGE.read_text())))  # of the first table
SYMBOLS = ["007", "=1+1", "KRAKEN:BTC/USD", "NA"]


@pytest.fixture(scope="module")
def base(database: Database, template: str) -> Iterator[str]:
    """The URL of an API over some trades."""
    with support.database_like(database.url, template) as url:
        for symbol in SYMBOLS:
            Store(url).ticks(symbol, TICKS if symbol == "007" else TICKS[:3])
        with served(ApiSettings(database_url=url, api_port=0)) as api:
            yield str(api.base_url)


@pytest.fixture(scope="module")
def expected() -> list[tuple[Any, ...]]:
    """Symbol, time, price and size of every trade, in the order of an export."""
    return [
        (symbol, tick.ts, float(tick.price), None if tick.size is None else float(tick.size))
        for symbol in SYMBOLS
        for tick in (TICKS if symbol == "007" else TICKS[:3])
    ]


def url_of(base: str, form: str) -> str:
    query = {"symbols": ",".join(SYMBOLS), "start": "2026-02-27", "format": form}
    return f"{base}/v1/trades?{urlencode(query)}"


def rows(frame: Any) -> list[tuple[Any, ...]]:
    """Returns the rows of a frame of pandas with None where it has no value."""
    found = frame[["symbol", "t", "p", "s"]].itertuples(index=False, name=None)
    return [(symbol, t.to_pydatetime(), p, None if pd.isna(s) else s) for symbol, t, p, s in found]


def test_pandas_reads_csv_by_the_url(base: str, expected: list[Any]) -> None:
    frame = pd.read_csv(
        url_of(base, "csv"),
        dtype={"symbol": "str", "i": "str"},
        parse_dates=["t"],
        keep_default_na=False,
        na_values={"s": [""]},
    )
    assert rows(frame) == expected


def test_pyarrow_reads_the_stream_as_it_comes(base: str, expected: list[Any]) -> None:
    with urllib.request.urlopen(url_of(base, "arrow")) as answer:
        table = pa.ipc.open_stream(answer).read_all()
    assert rows(table.to_pandas()) == expected


def test_pyarrow_reads_parquet(base: str, expected: list[Any]) -> None:
    with urllib.request.urlopen(url_of(base, "parquet")) as answer:
        table = parquet.read_table(io.BytesIO(answer.read()))
    assert rows(table.to_pandas()) == expected


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_polars_reads_by_the_url(base: str, expected: list[Any], form: str) -> None:
    polars = pytest.importorskip("polars", reason="needs polars, of the extra readers")
    url = url_of(base, form)
    if form == "csv":
        schema = {"symbol": polars.String, "i": polars.String, "p": polars.Float64,
                  "s": polars.Float64, "x": polars.String, "z": polars.String,
                  "side": polars.String, "c": polars.String}  # fmt: skip
        frame = polars.read_csv(url, try_parse_dates=True, schema_overrides=schema)
    else:
        frame = polars.read_ndjson(url) if form == "ndjson" else polars.read_parquet(url)
    found = frame.select("symbol", "t", "p", "s").rows()
    if form == "ndjson":
        found = [(symbol, datetime.fromisoformat(t[:26] + "Z"), p, s) for symbol, t, p, s in found]
    assert [(symbol, t.astimezone(UTC), p, s) for symbol, t, p, s in found] == expected


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_duckdb_reads_what_was_fetched(
    base: str, expected: list[Any], tmp_path: Path, form: str
) -> None:
    """DuckDB's own HTTP is an extension that it downloads."""
    duckdb = pytest.importorskip("duckdb", reason="needs duckdb, of the extra readers")
    file = tmp_path / f"trades.{form}"
    urllib.request.urlretrieve(url_of(base, form), file)
    reader = {"csv": "read_csv", "ndjson": "read_json", "parquet": "read_parquet"}[form]
    options = ", all_varchar = true" if form == "csv" else ""
    found = duckdb.sql(
        "select symbol, epoch_us(t::timestamptz), p::double, s::double"
        f" from {reader}('{file}'{options})"
    ).fetchall()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert [
        (symbol, epoch + timedelta(microseconds=micros), p, s) for symbol, micros, p, s in found
    ] == expected


@pytest.mark.parametrize("reader", ["pandas", "polars", "pyarrow", "DuckDB"])
def test_the_documented_lines_read_what_they_say(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    monkeypatch.chdir(tmp_path)
    package = pytest.importorskip(reader.lower(), reason=f"needs {reader}, of the extra readers")
    url = f"{base}/v1/trades?symbols=BTCUSD&start=2026-02-27&end=2026-02-28&format="
    names = {reader.lower(): package, "urllib": urllib, "url": url}
    *before, last = re.findall("`([^`]+)`", LINES[reader])
    for line in before:
        exec(line, names)
    found = eval(last, names)
    assert len(found.fetchall() if reader == "DuckDB" else found) == 3
