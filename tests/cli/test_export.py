"""`stockpulse export`, and `stockpulse publish parquet`, which reads its files back."""

import csv
import io
import itertools
import json
import os
import random
import signal
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import click
import psycopg
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from cli import export_rows, settings
from cli.export import export as export_command
from cli.publish_parquet import publish_parquet
from db.errors import StockpulseError
from tests import support
from tests.cli.conftest import SETTINGS, Ended, finished
from tests.db import archived
from tests.ingest.made import encoded, quote, trade

DAY = "2026-02-26T23:59:59"
EARLY, LATE = "2026-02-27", "2026-02-28"
OURS = ("--source", "a", "--symbol", "b")
ALPACA = {"source": "alpaca", "symbol": "BAC", "exchange": "V", "tape": "A"}
ODD = 'A"B\\C \u20ac,\U0001f600'
# Ties of one nanosecond, a clock that goes back, ids of every scope and none, amendments.
MESSAGES = [
    trade(1, source="kraken", price="64012.10", side="buy", received_at="2026-02-27T12:00:01.5Z"),
    trade(1, source="kraken", price="64011.9", dedupe_id="0", side="sell", size=None),
    trade(2, source="kraken", price="-37.63", seq=None, dedupe_id="9223372036854775808"),
    trade(3, event_time=f"{DAY}.123456789Z", price="1.50", seq=5),
    trade(4, event_time=f"{DAY}.123456789Z", price="1.5", seq=4, conditions=["@", " ", ""]),
    trade(5, event_time=f"{DAY}.123456788Z", price="1", seq=6, conditions=["a,b", 'x"y', "\\N"]),
    trade(6, price=f"0.{'0' * 119}1", size="1e-100", seq=None, dedupe_id="x" * 1001),
    trade(7, price="9" * 39, size="0", seq=None, dedupe_id="not a number"),
    trade(8, symbol=ODD, dedupe_id=ODD, exchange=ODD[:3], tape=ODD[:2], conditions=[ODD]),
    trade(9, **ALPACA, dedupe_id="52983", seq=None, conditions=["@", "I"]),
    trade(10, **ALPACA, dedupe_id="52984", conditions=["@"], price="44.5"),
    trade(11, **ALPACA | {"exchange": None}, dedupe_id="7"),
    trade(12, **ALPACA, dedupe_id="52985", amends=["52984"], flags=["correction"], price="44.6"),
    trade(13, dedupe_id="gone"),
    trade(13, dedupe_id="gone", flags=["cancel"]),
    trade(14, dedupe_id=None, seq=None, price="2"),
    trade(14, dedupe_id=None, seq=None, price="2"),
    encoded({"symbol": "OLD", "price": 189.72, "volume": 8341, "timestamp": 1772193900}),
    quote(bid_size="3", ask_size="0.50", seq=5, received_at="2026-02-27T12:00:00.000001Z"),
    quote(dedupe_id=None, bid=None, ask="1.20", exchange="V/Q", conditions=["R"]),
    quote(dedupe_id="2", ask=None, event_time="2026-02-25T00:00:00.000000001Z"),
    quote(dedupe_id="3", bid="-1", ask="0", source="alpaca", exchange="V", tape="C"),
]
TRADES = 16  # of them are stored, and one is cancelled
QUOTES = 4


@pytest.fixture
def run(run):
    """Runs the commands of this file within the test, which is faster, and others as processes."""

    def run_here(environ, *words):
        for names, command in HERE.items():
            if words[: len(names)] == names:
                return here(environ, command, words[len(names) :])
        return run(environ, *words)

    return run_here


HERE = {("export",): export_command, ("publish", "parquet"): publish_parquet}


def here(environ, command, words):
    given = {name: text for name, text in environ.items() if name.startswith(SETTINGS)}
    found = CliRunner().invoke(command, words, obj=settings.read(given), standalone_mode=False)
    match found.exception:
        case StockpulseError() as error:
            return Ended(1, found.stdout, f"stockpulse: {error}\n")
        case click.ClickException() as error:
            return Ended(error.exit_code, found.stdout, f"stockpulse: {error.format_message()}\n")
        case None | SystemExit():
            return Ended(found.exit_code, found.stdout, found.stderr)
    raise found.exception


@pytest.fixture
def filled(environ, store_all, query):
    """A database with the events of MESSAGES, and an empty list of conditions beside none."""
    stored = store_all(MESSAGES)
    assert (stored.trades, stored.quotes) == (TRADES, QUOTES)
    query("update market.trades set conditions = '{}' where tick_id = '7'")
    assert query("select count(*) from market.trades where conditions = '{}'") == [(1,)]
    return environ


def test_rows_and_candles_are_equal_once_a_file_is_published_and_loaded_elsewhere(
    run, filled, clone, tmp_path
):
    files = [
        export(run, filled, kind, tmp_path / f"{kind}.parquet") for kind in ("trades", "quotes")
    ]
    there = elsewhere(filled, clone())
    ended = run(there, "publish", "parquet", *files, "--topic", there["STOCKPULSE_TOPICS"])
    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"{TRADES - 1 + QUOTES} events of ")
    assert f"{files[0]}: 3 events have no id" in ended.err
    ended = run(there, "load", "--until-end")
    assert "0 duplicates, 0 amended, 0 rejected" in ended.out
    expected, found = contents(filled), contents(there)
    for kind in ("trades", "quotes"):
        assert found[kind] == expected[kind]
    assert values(found) == values(expected)
    assert len(expected["trades"]) == TRADES - 1
    assert len(expected["candles_1m"]) == 6


def export(run, environ, kind, file, *words):
    """Exports to a file and returns its name."""
    ended = run(environ, "export", kind, str(file), *words)
    assert ended.code == 0, ended.err
    return str(file)


def names(directory):
    return [path.name for path in directory.iterdir()]


def elsewhere(environ, database):
    """Returns the settings for another database, and a topic of its own."""
    topic = support.unique("elsewhere")
    return environ | {
        "STOCKPULSE_DATABASE_URL": database,
        "STOCKPULSE_TOPICS": topic,
        "STOCKPULSE_GROUP": topic,
    }


def contents(environ):
    """Returns all events and candles of a database but the batches that brought the events."""
    with psycopg.connect(environ["STOCKPULSE_DATABASE_URL"]) as conn:
        relations = conn.execute(
            "select relation from ops.lifecycle where level is not null order by relation"
        ).fetchall()
        return {
            name: conn.execute(
                f"select (to_jsonb(found) - 'batch')::text from market.{name} as found order by 1"
            ).fetchall()
            for name in ("trades", "quotes", *(name for (name,) in relations))
        }


def test_an_export_has_the_columns_of_its_relation_in_the_total_order(run, filled, tmp_path, query):
    found = parquet.read_table(export(run, filled, "trades", tmp_path / "a.parquet"))
    assert found.schema.names == [
        "ts", "symbol", "source", "price", "size", "side", "tick_id", "exchange", "tape",
        "conditions", "received_at", "seq", "ns",
    ]  # fmt: skip
    assert set(parquet_columns("quotes", run, filled, tmp_path)) == {
        "ts", "symbol", "source", "bid", "ask", "bid_size", "ask_size", "tick_id", "exchange",
        "tape", "conditions", "received_at", "seq", "ns",
    }  # fmt: skip
    expected = query(
        "select symbol, source, ns, seq, tick_id, price::text, conditions from market.trades"
        " order by ts::date, symbol, source, ts, ns, seq, tick_id nulls first"
    )
    names = ("symbol", "source", "ns", "seq", "tick_id", "price", "conditions")
    assert [tuple(row[name] for name in names) for row in found.to_pylist()] == expected
    assert [row[4] for row in expected if row[2] == 789] == ["4", "3"]


def parquet_columns(kind, run, environ, tmp_path):
    return parquet.read_schema(export(run, environ, kind, tmp_path / "columns.parquet")).names


def test_csv_and_arrow_have_the_same_rows_on_standard_output(run, filled, start):
    ended = run(filled, "export", "quotes", "--format", "csv")
    assert ended.error == f"{QUOTES} quotes exported"
    texts = list(csv.DictReader(io.StringIO(ended.out)))
    process = start(filled, "export", "quotes", "--format", "arrow")
    found = pa.ipc.open_stream(process.stdout.buffer.read()).read_all().to_pylist()
    assert process.wait() == 0
    for text, row in zip(texts, found, strict=True):
        assert text["ts"] == f"{row['ts']:%Y-%m-%dT%H:%M:%S.%fZ}"
        for name in ("symbol", "source", "bid", "ask", "bid_size", "tick_id", "exchange"):
            assert text[name] == (row[name] or "")
        assert (json.loads(text["conditions"]) if text["conditions"] else None) == row["conditions"]


def test_candles_of_a_timeframe_are_those_of_the_database(run, filled, tmp_path, query):
    for kind, relation in (("candles", "candles_1m"), ("quote-candles", "quote_candles_1d")):
        words = ("--timeframe", relation.rpartition("_")[2])
        rows = parquet.read_table(export(run, filled, kind, tmp_path / relation, "--format",
                                         "parquet", *words)).to_pylist()  # fmt: skip
        close = "close" if kind == "candles" else "ask_close"
        expected = query(
            f"select symbol, source, bucket, {close} from market.{relation} order by 1, 2, 3"
        )
        assert [
            (row["symbol"], row["source"], row["bucket"], row[close] and Decimal(row[close]))
            for row in rows
        ] == expected
        assert len(rows) > 1


def test_a_range_is_half_open_and_of_the_named_symbols(run, filled, tmp_path):
    def ids(*words):
        file = export(run, filled, "trades", tmp_path / "a.parquet", "--force", *words)
        return parquet.read_table(file)["tick_id"].to_pylist()

    second = ("--since", "2026-02-27T12:00:01Z", "--until", "2026-02-27T12:00:02Z")
    assert ids(*second) == ["0", "1"]
    assert ids(*second, "--source", "Kraken") == ["0", "1"]
    assert ids("--symbol", "BAC", "--symbol", ODD) == [ODD, "V:52983", "V:52985", "7"]
    assert ids("--until", "2026-02-27") == ["5", "4", "3"]


def test_decimals_are_exact_or_what_does_not_fit_is_named(run, filled, tmp_path):
    file = tmp_path / "a.parquet"
    ended = run(filled, "export", "trades", str(file), "--numbers", "decimal")
    assert ended.code == 1
    assert "price of AAPL sim 2026-02-27 12:00:06+00 blake2b:" in ended.error
    assert f"is 0.{'0' * 119}1" in ended.error
    assert ended.error.endswith("--numbers text has them exact")
    assert names(tmp_path) == []
    export(run, filled, "trades", file, "--numbers", "decimal", "--source", "kraken")
    table = parquet.read_table(file)
    assert table.schema.field("price").type == pa.decimal128(38, 18)
    assert table["price"].to_pylist() == [Decimal("64011.9"), Decimal("64012.1"), Decimal("-37.63")]
    there = filled | {"STOCKPULSE_TOPICS": support.unique("again")}
    ended = run(there, "publish", "parquet", str(file), "--topic", there["STOCKPULSE_TOPICS"])
    assert ended.out == "3 events of AAPL (kraken) published\n"
    ended = run(there, "load", "--until-end")
    assert ended.out.startswith("0 trades and 0 quotes stored; messages: 3 duplicates")


def test_an_empty_range_is_told_and_has_the_columns(run, filled, tmp_path):
    file = tmp_path / "a.parquet"
    ended = run(filled, "export", "trades", str(file), "--symbol", "BAC", "--until", "2026-02-01")
    assert ended.out == (
        f"0 trades exported to {file}: there are none of BAC until 2026-02-01T00:00Z\n"
    )
    assert parquet.read_table(file).num_rows == 0
    assert "price" in parquet.read_schema(file).names
    ended = run(filled, "publish", "parquet", str(file))
    assert (ended.code, ended.out) == (0, "0 events published\n")


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["trades", "a.xlsx"], 1, "name the format with --format parquet, csv, arrow"),
        (["trades", "a.csv", "--format", "orc"], 2, "'orc' is not one of"),
        (["trades", "a.csv", "--symbol", "NOPE"], 1, "there is no symbol 'NOPE' in the database"),
        (["trades", "a.csv", "--source", "nope"], 1, "there is no source 'nope' in the database"),
        (["trades", "a.csv", "--since", "yesterday"], 2, "'yesterday' is not a time"),
        (["trades", "a.csv", "--since", LATE, "--until", EARLY], 1, "is not after --since"),
        (["trades", "a.csv", "--timeframe", "1m"], 1, "--timeframe belongs to candles"),
        (["candles", "a.csv"], 1, "candles need --timeframe"),
        (["candles", "a.csv", "--timeframe", "7m"], 1, "timeframe '7m'; there are 1s, 1m, 5m"),
        (["candles", "a.csv", "--timeframe", "pages"], 1, "timeframe 'pages'"),
        (["trades", "a.csv", "--numbers", "decimal"], 1, "has no effect on CSV"),
        (["trades", "no/a.csv"], 1, "there is no directory no"),
        (["trades", "."], 1, "name the format"),
        (["trades", ".", "--format", "csv"], 1, ".: is a directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_told_in_one_line(
    run, environ, tmp_path, monkeypatch, words, code, text
):
    monkeypatch.chdir(tmp_path)
    ended = run(environ, "export", *words)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.count("\n") == 1
    assert text in ended.error
    assert names(tmp_path) == []


def test_days_that_only_the_archive_has_are_never_left_out(run, filled, tmp_path):
    days_ago = (datetime.now(UTC).date() - date(2026, 2, 26)).days
    with psycopg.connect(filled["STOCKPULSE_DATABASE_URL"]) as conn:
        archived.archive(conn, "trades", [days_ago])
        conn.execute(
            "update ops.retention_floors set archived = '{[2026-02-26Z, 2026-02-27Z)}'"
            " where relation = 'trades'"
        )
    path = tmp_path / "trades.csv"
    ended = run(filled, "export", "trades", str(path))
    assert (ended.code, ended.err) == (
        1,
        "stockpulse: trades of 2026-02-26 to before 2026-02-27 are in the archive alone: stockpulse"
        " restore DAY brings a day back; for what is here: --since 2026-02-27\n",
    )
    assert not path.exists()
    assert run(filled, "export", "trades", str(path), "--since", EARLY).code == 0


def test_a_file_is_replaced_only_by_force(run, filled, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("mine")
    ended = run(filled, "export", "trades", str(file))
    assert (ended.code, file.read_text()) == (1, "mine")
    assert ended.error == f"stockpulse: {file}: is there already; to replace it: --force"
    assert run(filled, "export", "trades", str(file), "--force").code == 0
    assert file.read_text().startswith("ts,symbol,source,price")
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_export_that_ends_midway_leaves_no_file_of_its_name(
    start, filled, tmp_path, number, query
):
    file = tmp_path / "a.csv"
    with psycopg.connect(filled["STOCKPULSE_DATABASE_URL"]) as conn:
        conn.execute("lock table market.quotes")  # the export waits for it with its file begun
        process = start(filled, "export", "quotes", str(file))
        support.wait_until(lambda: len(names(tmp_path)) == 1, "the export begins its file")
        support.wait_until(lambda: query(WAITING) == [(1,)], "the export waits for the lock")
        process.send_signal(number)
        ended = finished(process)
    if number == signal.SIGKILL:
        assert [name.endswith(".part") for name in names(tmp_path)] == [True]
        return
    assert (ended.code, ended.error) == (130, "stockpulse: interrupted")
    assert names(tmp_path) == []


WAITING = """
select count(*)::int from pg_stat_activity
where application_name = 'stockpulse export' and wait_event_type = 'Lock'
"""


@pytest.mark.community
def test_a_day_that_is_made_columnar_as_its_turn_comes_is_whole(start, filled, query):
    with psycopg.connect(filled["STOCKPULSE_DATABASE_URL"]) as conn:
        conn.execute("select compress_chunk(chunk) from show_chunks('market.quotes') as chunk")
        process = start(filled, "export", "quotes", "--format", "csv")
        support.wait_until(lambda: query(WAITING) == [(1,)], "the export waits for the chunk")
    ended = finished(process)
    assert (ended.code, ended.error) == (0, f"{QUOTES} quotes exported")


def test_many_series_come_in_the_same_order(run, filled, tmp_path, monkeypatch):
    found = []
    for most in (export_rows.MOST_SERIES, 1):
        monkeypatch.setattr(export_rows, "MOST_SERIES", most)
        file = export(run, filled, "trades", tmp_path / f"{most}.csv")
        found.append(Path(file).read_text())
    assert found[0] == found[1]
    assert found[0].count("\n") == TRADES


def test_a_reader_that_leaves_ends_the_export_in_one_line(start, filled):
    process = start(filled, "export", "trades", "--format", "csv")
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait() == 1
    assert err == "stockpulse: standard output: its reader has closed it\n"


def test_files_of_others_are_read_by_their_columns(run, environ, topic, tmp_path, read_topic):
    file = tmp_path / "mine.parquet"
    table = pa.table(
        {
            "when": pa.array([1772193900123456789, 1772193900123456789], pa.timestamp("ns", "UTC")),
            "px": pa.array([64012.1, 1e-8]),
            "Qty": pa.array([Decimal("0.10"), None], pa.decimal128(9, 2)),
            "sym": pa.array(["A", "B"]).dictionary_encode(),
            "more": pa.array([[1], [2]]),
        }
    )
    parquet.write_table(table, file)
    ended = run(
        environ, "publish", "parquet", str(file), "--source", "mine", "--topic", topic,
        "--columns", "time=when,price=px,size=qty,symbol=sym",
    )  # fmt: skip
    assert (ended.code, ended.out) == (0, "2 events of A (mine), B (mine) published\n")
    found = {one.key: json.loads(one.value) for one in read_topic(topic)}
    assert found[b"A"] == {
        "v": 1, "kind": "trade", "source": "mine", "symbol": "A", "price": "64012.1",
        "event_time": "2026-02-27T12:05:00.123456789Z", "size": "0.10", "seq": 0,
        "dedupe_id": "64012.1x0.1#0", "flags": ["backfill"],
    }  # fmt: skip
    assert (found[b"B"]["price"], "size" in found[b"B"]) == ("0.00000001", False)


@pytest.mark.parametrize(
    ("price", "words", "text"),
    [
        ("1", [], "its columns (t, p) are not those of stockpulse export"),
        ("1", ["--columns", "time=x,price=p"], "no column 'x'; there are t, p"),
        ("1", ["--columns", "time=t,price=p"], "--columns needs --source"),
        ([1], [*OURS, "--columns", "time=t,price=p"], "column p is list<element: int64>: not a"),
        ("x", [*OURS, "--columns", "time=t,price=p"], "row 1: price is 'x', not a number"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_published_is_told_in_one_line(
    run, environ, topic, tmp_path, price, words, text
):
    file = tmp_path / "mine.parquet"
    parquet.write_table(pa.table({"t": [1772193900], "p": [price]}), file)
    ended = run(environ, "publish", "parquet", str(file), "--topic", topic, *words)
    assert ended.code == 1
    assert ended.error.startswith("stockpulse: ")
    assert text in ended.error


def test_candles_are_not_published(run, filled, tmp_path):
    file = export(run, filled, "candles", tmp_path / "a.parquet", "--timeframe", "1d")
    ended = run(filled, "publish", "parquet", file)
    assert ended.error == (
        f"stockpulse: {file}: has candles, which the database makes of trades and quotes itself"
    )


def test_what_is_no_whole_parquet_file_is_refused_before_anything_is_sent(
    run, environ, topic, tmp_path, read_topic
):
    whole, cut = tmp_path / "a.parquet", tmp_path / "b.parquet"
    parquet.write_table(pa.table({"t": [1772193900] * 9, "p": ["1"] * 9}), whole)
    cut.write_bytes(whole.read_bytes()[:-9])
    words = ("--columns", "time=t,price=p", "--source", "a", "--symbol", "b", "--topic", topic)
    ended = run(environ, "publish", "parquet", str(whole), str(cut), *words)
    assert ended.code == 1
    assert ended.error.startswith(f"stockpulse: {cut}: cannot be read as Parquet")
    assert read_topic(topic) == []


def test_a_row_that_cannot_be_read_is_named_and_those_before_it_are_published(
    run, filled, tmp_path
):
    file = export(run, filled, "trades", tmp_path / "a.parquet", "--source", "kraken")
    table = parquet.read_table(file)
    bad = table.set_column(3, "price", pa.array(["1", "2", "two"]))
    parquet.write_table(bad, file)
    words = ("--topic", support.unique("bad"))
    ended = run(filled, "publish", "parquet", file, *words)
    assert (ended.code, ended.out) == (1, "2 events of AAPL (kraken) published\n")
    assert ended.error == (
        f"stockpulse: {file}: row 3: price is 'two', not a number; what is before it is published"
    )
    ended = run(filled, "publish", "parquet", file, *words, "--source", "other")
    assert ended.error == (
        f"stockpulse: {file}: has stored trades, for which --source does nothing"
    )


@pytest.mark.long
def test_a_large_export_and_its_publication_take_little_memory(start, environ, query, tmp_path):
    query(
        """
        insert into market.trades
        (ts, symbol, source, price, size, tick_id, seq, batch, rules, ns, moves)
        select
            '2026-02-26'::timestamptz + number * interval '0.1 s', 'AAPL', 'sim',
            100 + number * 0.001, 1, number, number, 1, 1, 0, 221
        from generate_series(1, 1500000) as number
        """
    )
    query("insert into market.instruments (symbol) values ('AAPL')")
    file, topic = tmp_path / "a.parquet", support.unique("large")
    for words in (
        ("export", "trades", str(file)),
        ("export", "trades", str(file.with_suffix(".arrow")), "--numbers", "decimal"),
        ("publish", "parquet", str(file), "--topic", topic),
    ):
        process = start(environ, *words)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        assert used.ru_maxrss < 300 * 1024, words
    assert parquet.read_metadata(file).num_rows == 1_500_000


@pytest.mark.long
@pytest.mark.parametrize("numbers", ["text", "decimal"])
def test_many_random_events_and_their_candles_are_equal_elsewhere(
    run, environ, store_all, clone, tmp_path, numbers
):
    store_all(*batched(random_events(random.Random(numbers), 20_000), 1000))
    kinds = ("trades", "quotes")
    files = [
        export(run, environ, kind, tmp_path / f"{kind}.parquet", "--numbers", numbers)
        for kind in kinds
    ]
    there = elsewhere(environ, clone())
    words = ("--topic", there["STOCKPULSE_TOPICS"])
    assert run(there, "publish", "parquet", *files, *words).code == 0
    assert "0 duplicates, 0 amended, 0 rejected" in run(there, "load", "--until-end").out
    assert run(environ, "refresh").code == 0
    assert values(contents(there)) == values(contents(environ))
    assert run(there, "publish", "parquet", *files, *words, "--columns", "time=ts").code == 1


def random_events(chance, count):
    """Returns native messages of three days, with ties, odd numbers, marks and amendments."""
    sources = {"kraken": None, "sim": None, "alpaca": "V", "dukascopy": None}
    for number in range(count):
        source = chance.choice([*sources])
        ts = EPOCH + timedelta(milliseconds=chance.randrange(3 * 86_400) * 1000 // 7)
        common = {
            "source": source,
            "symbol": chance.choice(["AAPL", "EUR/USD", "BTC/USD"]),
            "event_time": f"{ts:%Y-%m-%dT%H:%M:%S.%f}{chance.choice(['', '000', '789'])}Z",
            "dedupe_id": chance.choice([str(number), f"n{number}", f"n{number}"]),
            "seq": chance.choice([None, None, chance.randrange(3), chance.randrange(2**63)]),
            "exchange": sources[source],
            "tape": chance.choice([None, "A", "C"]),
            "conditions": chance.choice([None, [], ["@"], ["@", "I"], ["W"], [" ", "4"]]),
            "received_at": chance.choice([None, "2026-02-27T23:00:00.000001Z"]),
        }
        prices = [f"{chance.randrange(-99, 10**6)}.{chance.randrange(10**6):06}" for _ in "12"]
        if chance.random() < 0.3:
            yield quote(**common, bid=prices[0], ask=chance.choice([prices[1], None]))
            continue
        yield trade(**common, price=prices[0], size=chance.choice([None, "0", "1.50"]))
        if chance.random() < 0.1:
            flag = chance.choice(["cancel", "correction"])
            yield trade(**common, price="7.5", size="2", flags=[flag])


EPOCH = datetime(2026, 2, 24, 12, tzinfo=UTC)


def values(contents):
    """Returns contents with numbers as numbers: the high of 1.50 and 1.5 is either."""
    return {
        name: sorted(
            str(sorted(json.loads(row, parse_float=normal, parse_int=normal).items(), key=str))
            for (row,) in rows
        )
        for name, rows in contents.items()
    }


def normal(text):
    return Decimal(text).normalize()


def batched(messages, size):
    """Yields lists of messages."""
    left = iter(messages)
    while some := list(itertools.islice(left, size)):
        yield some
