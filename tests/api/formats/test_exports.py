"""Exports of whole windows: their order, their bounds, and clients that leave or do not read."""

import csv
import io
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pyarrow as pa
import pytest
from psycopg import errors

from api.formats import ranges
from api.formats import rewritten as rewriting
from api.formats.exports import translated
from api.http import protocol
from db.connect import DatabaseAway
from db.tables import blocks
from stack.database import Database
from tests.api.conftest import Serve
from tests.api.store import NOON, Quote, Store, Tick, iso, minute
from tests.support import wait_until

MANY = 100_000  # trades: 40 megabytes of CSV, more than the sockets between take
PLAIN = {"Accept-Encoding": "identity"}
START = "2026-02-27T00:00:00Z"
FILL = """
    insert into market.trades (ts, symbol, source, price, size, side, tick_id, exchange, conditions,
        seq, ns,
        batch, rules, moves)
    select
        '2026-02-27'::timestamptz + number / 3 * interval '1 ms', 'M', 'sim',
        100 + mod(number, 7) / 4.0, nullif(mod(number, 5), 0), case when mod(number, 2) = 0
        then 'buy' end, case when mod(number, 10) > 0 then number::text end,
        repeat('x', 300),
        case when mod(number, 4) = 0 then array['@', 'T'] end, number / 2, mod(number, 1000),
        1, 1, 221
    from generate_series(0, %s) as number
"""
IN_ORDER = """
    select ts, ns, price, size, side, conditions, tick_id from market.trades
    order by ts, ns, seq, tick_id nulls first
"""


@pytest.fixture
def many(store: Store) -> None:
    with psycopg.connect(store.url) as conn:
        conn.execute("insert into market.instruments (symbol) values ('M')")
        conn.execute(FILL, [MANY - 1])


def query(form: str, **changes: str) -> dict[str, str]:
    return {"symbols": "M", "start": START, "format": form} | changes


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def copies(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute(
            "select count(*) from pg_stat_activity"
            " where application_name = 'stockpulse-api' and state = 'active' and query ~ '^copy'"
        ).fetchone()
        assert row
        return int(row[0])


@contextmanager
def reading(api: httpx.Client, form: str = "csv") -> Iterator[socket.socket]:
    """A client that has read the first bytes of an export, and no more."""
    target = str(httpx.URL("/v1/trades", params=query(form)))
    client = socket.socket()
    with client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        client.connect((api.base_url.host, api.base_url.port))
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        yield client


@pytest.mark.usefixtures("many")
def test_an_export_has_all_rows_in_the_total_order(api: httpx.Client, store: Store) -> None:
    with psycopg.connect(store.url) as conn:
        conn.execute("set timezone to 'UTC'")
        expected = conn.execute(IN_ORDER).fetchall()
    answer = api.get("/v1/trades", params=query("arrow"))
    assert "content-length" not in answer.headers
    table = pa.ipc.open_stream(answer.content).read_all()
    nanos = [(row[0].timestamp() * 1e6, row[1]) for row in expected]
    assert table["t"].cast(pa.int64()).to_pylist() == [
        round(micros) * 1000 + ns for micros, ns in nanos
    ]
    assert table["p"].to_pylist() == [float(row[2]) for row in expected]
    assert table["s"].to_pylist() == [None if row[3] is None else float(row[3]) for row in expected]
    assert table["side"].to_pylist() == [row[4] for row in expected]
    assert table["c"].to_pylist() == [row[5] for row in expected]
    assert table["i"].to_pylist() == [row[6] for row in expected]
    rows = csv.reader(io.StringIO(api.get("/v1/trades", params=query("csv")).text))
    assert [row[7] or None for row in rows][1:] == [row[6] for row in expected]


def test_quotes_have_both_sides(api: httpx.Client, store: Store) -> None:
    store.quotes("M", [Quote(NOON, "1.5", None, "7"), Quote(NOON, "1.25", "1.75")])
    text = api.get("/v1/quotes", params=query("ndjson")).text
    assert [json.loads(line) for line in text.splitlines()] == [
        {"symbol": "M", "t": "2026-02-27T12:00:00.000000000Z", "bp": 1.5, "bs": 7.0, "ap": None,
         "as": None, "x": None, "c": None, "i": "0", "z": None},
        {"symbol": "M", "t": "2026-02-27T12:00:00.000000000Z", "bp": 1.25, "bs": None, "ap": 1.75,
         "as": None, "x": None, "c": None, "i": "1", "z": None},
    ]  # fmt: skip


@pytest.mark.usefixtures("many")
def test_a_window_of_nanoseconds_is_exact(api: httpx.Client) -> None:
    window = {"start": "2026-02-27T00:00:00.000000001Z", "end": "2026-02-27T00:00:00.001000004Z"}
    rows = list(
        csv.DictReader(io.StringIO(api.get("/v1/trades", params=query("csv") | window).text))
    )
    assert [row["t"][20:29] for row in rows] == ["000000001", "000000002", "001000003"]


@pytest.mark.usefixtures("many")
def test_the_newest_rows_are_those_of_json(api: httpx.Client) -> None:
    newest = {"symbols": "M", "limit": "50"}
    text = api.get("/v1/trades", params=newest | {"format": "ndjson"}).text
    events = api.get("/v1/trades", params=newest).json()["trades"]["M"]
    assert [json.loads(line)["i"] for line in text.splitlines()] == [row["i"] for row in events]


def test_symbols_and_coverage_are_tables_too(api: httpx.Client, store: Store) -> None:
    store.quotes("-X", [Quote(NOON, "1.5", None)])
    store.quotes("KRAKEN:BTC/USD", [Quote(NOON, "1.5", None)])
    symbols = table(api.get("/v1/symbols?format=csv"))
    assert [row["symbol"] for row in symbols] == ["-X", "KRAKEN:BTC/USD"]
    found = table(api.get("/v1/symbols?query=btc&format=csv"))
    assert [(row["symbol"], row["base"]) for row in found] == [("KRAKEN:BTC/USD", "BTC")]
    window = {"start": "2026-02-27T12:00:00Z", "end": "2026-02-27T12:05:00.5Z"}
    asked = {"symbols": "-X", "price": "bid"} | window
    rows = table(api.get("/v1/coverage", params=asked | {"format": "csv"}))
    stretches = api.get("/v1/coverage", params=asked).json()["coverage"]["-X"]
    assert stretches == [
        {"start": "2026-02-27T12:00:00Z", "end": "2026-02-27T12:05:00.5Z", "state": "unknown"}
    ]
    # pandas takes a column for times if all have as many digits
    times = {"start": "2026-02-27T12:00:00.000000Z", "end": "2026-02-27T12:05:00.500000Z"}
    assert rows == [{"symbol": "-X", "state": "unknown"} | times]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("form", ["csv", "arrow"])
def test_a_client_that_leaves_ends_the_statement(
    api: httpx.Client, store: Store, form: str
) -> None:
    with reading(api, form):
        wait_until(lambda: copies(store.url) == 1, "the export waits for its client")
    wait_until(lambda: copies(store.url) == 0, "the statement ends", seconds=5)


@pytest.mark.usefixtures("many")
def test_a_client_that_does_not_read_is_cut(
    api: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "STALL_SECONDS", 0.5)
    with reading(api):
        wait_until(lambda: copies(store.url) == 1, "the export waits for its client")
        wait_until(lambda: copies(store.url) == 0, "the statement ends", seconds=10)


@pytest.mark.usefixtures("many")
def test_a_failure_in_mid_stream_is_no_complete_answer(api: httpx.Client, store: Store) -> None:
    with api.stream("GET", "/v1/trades", params=query("csv")) as answer:
        blocks = answer.iter_raw(1000)
        next(blocks)
        wait_until(lambda: copies(store.url) == 1, "the export waits for its client")
        store.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where query ~ '^copy'"
        )
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            for _ in blocks:
                pass
    assert api.get("/v1/trades", params=query("csv", limit="1")).status_code == 200


@pytest.mark.usefixtures("many")
def test_too_many_exports_are_refused_and_pages_are_not(serve: Serve, store: Store) -> None:
    api = serve(api_exports=1)
    with reading(api):
        wait_until(lambda: copies(store.url) == 1, "the export waits for its client")
        refused = api.get("/v1/trades", params=query("parquet"))
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert refused.json()["detail"] == "1 exports are under way already; try again shortly."
        assert api.get("/v1/trades", params=query("csv", limit="10")).status_code == 200
    wait_until(
        lambda: api.get("/v1/trades", params=query("csv")).status_code == 200, "the place is free"
    )


@pytest.mark.usefixtures("many")
def test_a_head_ends_the_statement_of_a_large_export(
    api: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "MOST_BYTES", 1_000_000)
    answer = api.head("/v1/trades", params=query("csv"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/csv")
    wait_until(lambda: copies(store.url) == 0, "the statement ends", seconds=5)


@pytest.mark.usefixtures("many")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc, of Linux")
def test_a_large_export_takes_little_memory(fresh_database: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "--quiet", "serve", "--port", str(port)],
        env={"STOCKPULSE_DATABASE_URL": fresh_database},
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as api:
            wait_until(lambda: _is_up(api), "the API starts")
            before = _peak_kb(process.pid)
            with api.stream("GET", "/v1/trades", params=query("csv"), headers=PLAIN) as answer:
                size = sum(len(block) for block in answer.iter_raw())
            assert size > 30_000_000
            assert _peak_kb(process.pid) - before < 4_000
    finally:
        process.terminate()
        process.wait()


def _is_up(api: httpx.Client) -> bool:
    try:
        return api.get("/v1/trades", params=query("csv", limit="10")).status_code == 200
    except httpx.TransportError:
        return False


def _peak_kb(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize("kind", ["trade", "quote"])
def test_a_whole_window_is_the_page_without_a_limit(
    api: httpx.Client, store: Store, kind: str, sort: str
) -> None:
    """With equal rows, ids that are null, and an instrument that was renamed."""
    moments = [NOON + timedelta(minutes=n // 3) for n in range(12)]
    for symbol in ("OLD", "NEW", "B"):
        store.ticks(symbol, [Tick(moment, str(n % 2 + 1)) for n, moment in enumerate(moments)])
        store.quotes(
            symbol, [Quote(moment, str(n % 2 + 1), None) for n, moment in enumerate(moments)]
        )
    store.execute(f"update market.{kind}s set tick_id = null, seq = 7 where seq % 4 > 0")
    store.execute(
        "insert into market.names (symbol, until, instrument)"
        " values ('OLD', '2026-02-27 12:02:00Z', 'NEW')"
    )
    store.execute(
        "insert into market.names (symbol, since, instrument)"
        " values ('NEW', '2026-02-27 12:02:00Z', 'NEW')"
    )
    page = (
        f"select symbol, tick_id from market.{kind}_page(array['B', 'NEW', 'OLD'], '2026-02-27',"
        f" max_events => null, newest_first => {sort == 'desc'})"
    )
    with psycopg.connect(store.url) as conn:
        expected = conn.execute(page).fetchall()  # type: ignore[arg-type]
    asked = query("csv", symbols="B,NEW,OLD", sort=sort)
    rows = table(api.get(f"/v1/{kind}s", params=asked))
    assert [(row["symbol"], row["i"] or None) for row in rows] == expected
    assert len(rows) == 36


def test_a_conflict_with_recovery_on_a_standby_is_an_outage() -> None:
    with pytest.raises(DatabaseAway), translated():
        raise errors.SerializationFailure("canceling statement due to conflict with recovery")


def test_a_filled_window_is_whole_unless_it_would_be_endless(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("F", [Tick(NOON - timedelta(days=150), "1"), Tick(NOON, "2")])
    asked = {"symbols": "F", "start": "2020-01-01", "format": "csv", "fill": "previous"}
    minutes = api.get("/v1/bars", params=asked | {"timeframe": "1m"}).text.splitlines()
    assert len(minutes) == 1 + 150 * 1440 + 1
    assert len({line.split(",")[1] for line in minutes}) == len(minutes)
    assert minutes[-2].split(",")[5:8] == ["1.0", "0.0", "0"]
    seconds = api.get("/v1/bars", params=asked | {"timeframe": "1s"})
    assert (seconds.status_code, seconds.json()["field"]) == (422, "fill")
    assert seconds.json()["detail"] == (
        "fill makes more than 10000000 bars of F; ask for less at once, or give a limit"
    )
    page = api.get("/v1/bars", params=asked | {"timeframe": "1s", "limit": "10"})
    assert len(page.text.splitlines()) == 11


@pytest.mark.community  # the other edition learns of changes from the loader
def test_old_trades_are_exported_before_their_candles_are_stored(
    api: httpx.Client, store: Store, database: Database
) -> None:
    store.ticks("L", [Tick(minute(20), "1")])
    store.make_candles(database.edition)
    late = [minute(50 * 1440), minute(45 * 1440)]
    store.ticks("L", [Tick(at, "2") for at in late])
    asked = {"symbols": "L", "start": iso(minute(60 * 1440)), "format": "csv", "ts": "s"}
    rows = api.get("/v1/trades", params=asked).text.splitlines()[1:]
    assert [row.split(",")[2] for row in rows] == ["2.0", "2.0", "1.0"]


@pytest.mark.community  # the other edition has no columnstore
def test_an_export_ends_if_a_chunk_that_it_has_not_read_is_rewritten(
    store: Store, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late ticks of a columnar chunk are in no snapshot from before its policy takes them in."""
    compress = "select compress_chunk(chunk) from show_chunks('market.trades') as chunk"
    store.ticks("M", [Tick(NOON, "100")])
    store.execute(compress)
    store.ticks("M", [Tick(NOON + timedelta(minutes=1), "101")])
    real, rewritten = blocks.copy_statement, []

    def copy_statement(*given: Any) -> Any:
        if not rewritten:  # the parts were asked for, which takes the snapshot
            rewritten.append(given)
            store.execute(compress)
        return real(*given)

    monkeypatch.setattr(blocks, "copy_statement", copy_statement)
    answer = api.get("/v1/trades", params=query("csv"))
    assert (answer.status_code, answer.json()["type"][-12:]) == (503, ":unavailable")
    assert "has rewritten chunks while they were exported" in answer.json()["detail"]
    assert [row["p"] for row in table(api.get("/v1/trades", params=query("csv")))] == [
        "100.0",
        "101.0",
    ]


@pytest.mark.community
def test_columnar_chunks_of_candles_are_known_to_readers(
    store: Store, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.ticks("M", [Tick(NOON, "100")])
    store.make_candles("community")
    store.execute("select compress_chunk(chunk) from show_chunks('ops.candles_1m') as chunk")
    real, found = rewriting._columnar, []

    async def columnar(*given: Any) -> Any:
        found.append(await real(*given))
        return found[-1]

    monkeypatch.setattr(rewriting, "_columnar", columnar)
    asked = query("csv", timeframe="1m", end="2030-01-01")
    assert len(table(api.get("/v1/bars", params=asked))) == 1
    assert [len(one) for one in found] == [1, 1]
