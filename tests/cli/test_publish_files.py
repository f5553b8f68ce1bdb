"""`stockpulse publish csv` and `ndjson` on files as vendors pack them."""

import gzip
import json
import re
import zipfile
from decimal import Decimal

import pytest

from tests.cli.test_errors import check_error
from tests.cli.test_history import FIRST, TRADES, kept  # noqa: F401 - a fixture

HEADER = "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch\n"
# 2026-01-02T10:00:00Z and on, in microseconds.
ROWS = "".join(
    f"{number},{64000 + number}.10,0.00{number},1,{1767348000000000 + number},True,True\n"
    for number in range(1, 10)
)
NAME = "BTCUSDT-trades-2026-01.csv"
SERIES = "BINANCE:BTCUSDT (binance)"


@pytest.fixture
def csv(run, bare, broker, topic):
    """Runs `publish csv`, which needs no database."""
    without = {**bare, "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers}

    def publish(*words, given="", environ=without):
        return run(environ, "publish", "csv", *map(str, words), "--topic", topic, given=given)

    return publish


@pytest.fixture
def ids(read_topic, topic):
    """Returns the ids of all messages of the topic, in the order of the keys."""
    return lambda: [json.loads(record.value)["dedupe_id"] for record in read_topic(topic)]


def test_many_files_in_any_packing_are_published_under_their_symbols(
    csv, tmp_path, topic, read_topic
):
    (tmp_path / NAME).write_text(ROWS)
    (tmp_path / "ETHUSDT-trades-2026-01-02.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("SOLUSDT-trades-2026-01.csv", HEADER + ROWS)
        archive.writestr("SOLUSDT.CHECKSUM", "0000")
    ended = csv(
        tmp_path / NAME, tmp_path / "ETHUSDT-trades-2026-01-02.csv.gz", tmp_path / "more.zip",
        tmp_path / NAME, f"{tmp_path}/./{NAME}", "--layout", "binance",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert ended.out == (
        "27 events of BINANCE:BTCUSDT (binance), BINANCE:ETHUSDT (binance),"
        " BINANCE:SOLUSDT (binance) published\n"
    )
    keys = [record.key.decode() for record in read_topic(topic)]
    assert {key: keys.count(key) for key in keys} == {
        "BINANCE:BTCUSDT": 9, "BINANCE:ETHUSDT": 9, "BINANCE:SOLUSDT": 9,
    }  # fmt: skip


def test_a_wrong_line_ends_the_run_and_what_is_before_it_is_published(csv, tmp_path, ids):
    rows = ROWS.splitlines()
    rows[5] = "wrong"
    (tmp_path / NAME).write_text("\n".join(rows))
    ended = csv(tmp_path / NAME, "--layout", "binance")
    assert (ended.code, ended.out) == (1, f"5 events of {SERIES} published\n")
    assert ended.error == (
        f"stockpulse: {tmp_path / NAME}:6: 1 values for 7 columns; what is before it is published;"
        " to go on: --on-error FILE"
    )
    assert ids() == ["1", "2", "3", "4", "5"]


def test_wrong_lines_go_to_a_file_that_can_be_corrected_and_published(csv, tmp_path, ids):
    rows = ROWS.splitlines()
    rows[5], rows[7] = rows[5].replace("True,True", "Tru,True"), "8,nothing"
    (tmp_path / NAME).write_text(HEADER + "\n".join(rows))
    wrong = tmp_path / "BTCUSDT-trades-2026-01-wrong.csv"
    ended = csv(tmp_path / NAME, "--on-error", wrong)
    assert (ended.code, ended.out) == (0, f"7 events of {SERIES} published\n")
    assert ended.error == f"2 wrong lines are in {wrong}"
    assert wrong.read_text() == (
        f"{HEADER}# {tmp_path / NAME}:7: is_buyer_maker is 'Tru', not one of true, false, True,"
        f" False\n{rows[5]}\n# {tmp_path / NAME}:9: 2 values for 7 columns\n8,nothing\n"
    )
    check_error(csv(tmp_path / NAME, "--on-error", wrong), "the file is there already")
    wrong.write_text(wrong.read_text().replace("Tru,", "True,"))
    ended = csv(wrong, "--on-error", tmp_path / "again.csv")
    assert ended.error == f"1 wrong line is in {tmp_path / 'again.csv'}"
    assert sorted(ids()) == ["1", "2", "3", "4", "5", "6", "7", "9"]


def test_without_wrong_lines_there_is_no_file_of_them_and_with_nothing_else_the_run_fails(
    csv, tmp_path
):
    (tmp_path / NAME).write_text(ROWS)
    assert csv(tmp_path / NAME, "--layout", "binance", "--on-error", tmp_path / "bad").code == 0
    assert not (tmp_path / "bad").exists()
    ended = csv(tmp_path / NAME, "--layout", "binance_agg", "--on-error", tmp_path / "bad")
    assert (ended.code, ended.out) == (1, "0 events published\n")


def test_nothing_is_published_if_a_file_has_no_known_layout(csv, tmp_path, topic, read_topic):
    (tmp_path / NAME).write_text(HEADER + ROWS)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    ended = csv(tmp_path / NAME, tmp_path / "other.csv")
    check_error(ended, f"{tmp_path / 'other.csv'}: its first line is the header of no known layout")
    (tmp_path / "other.csv").write_text(HEADER, encoding="utf-16")
    check_error(csv(tmp_path / NAME, tmp_path / "other.csv"), "is UTF-16: save it as UTF-8")
    (tmp_path / "other.csv").write_text('{"v":1}\n')
    check_error(csv(tmp_path / NAME, tmp_path / "other.csv"), "stockpulse publish ndjson")
    assert read_topic(topic) == []


def test_of_a_file_that_breaks_off_all_whole_lines_are_published(csv, tmp_path, ids):
    packed = gzip.compress(ROWS.encode(), mtime=0)
    (tmp_path / f"{NAME}.gz").write_bytes(packed[:-20])
    ended = csv(tmp_path / f"{NAME}.gz", "--layout", "binance")
    assert ended.code == 1
    assert "not a whole gzip file" in ended.error
    assert ids() == [str(number) for number in range(1, len(ids()) + 1)]
    assert f"{len(ids())} events" in ended.out


def test_standard_input_is_read_once(csv, ids):
    ended = csv("-", "--layout", "binance", "--symbol", "BTCUSDT", given=ROWS)
    assert (ended.code, ended.out) == (0, f"9 events of {SERIES} published\n")
    assert len(ids()) == 9


def test_columns_are_named_with_their_zone(csv, tmp_path, topic, read_topic):
    (tmp_path / "mine.csv").write_text("when;px;qty\n2026-01-02 05:00:00,5;1.50;1e-3\n")
    ended = csv(
        tmp_path / "mine.csv", "--columns", "time=when,price=px,size=qty", "--source", "mine",
        "--symbol", "BTC", "--time-zone", "America/New_York",
    )  # fmt: skip
    assert (ended.code, ended.out) == (0, "1 events of BTC (mine) published\n")
    assert [json.loads(record.value) for record in read_topic(topic)] == [
        {
            "v": 1, "kind": "trade", "source": "mine", "symbol": "BTC",
            "event_time": "2026-01-02T10:00:00.500000Z", "price": "1.50", "size": "0.001",
            "seq": 0, "dedupe_id": "1.5x0.001#0", "flags": ["backfill"],
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words, why",
    [
        (["--layout", "none"], "--layout none is not known; known are binance, "),
        (["--layout", "columns"], "--layout columns needs --columns"),
        (["--layout", "binance", "--columns", "time=a"], "cannot be given together"),
        (["--columns", "time"], "--columns time is not of the form FIELD=COLUMN"),
        (["--columns", "time=a,time=b"], "each field once"),
        (["--time-zone", "Mars/Olympus"], "--time-zone Mars/Olympus is no zone"),
    ],
)
def test_options_that_make_no_sense_are_refused(csv, tmp_path, words, why):
    (tmp_path / NAME).write_text(ROWS)
    check_error(csv(tmp_path / NAME, *words), why)


def test_history_that_is_too_old_is_refused_before_anything_is_sent(
    kept, csv, environ, tmp_path, topic, read_topic  # noqa: F811
):  # fmt: skip
    young = int(FIRST.timestamp() * 1e6) + 10_000_000
    new = "".join(f"{number},1,1,1,{young + number},True,True\n" for number in range(9))
    (tmp_path / NAME).write_text(new)
    (tmp_path / f"ETH{NAME}").write_text("1,1,1,1,1577836800000,True,True\n" + new)
    words = ("--layout", "binance")
    ended = csv(tmp_path / NAME, tmp_path / f"ETH{NAME}", *words, environ=environ)
    begins = f"nothing was published: {tmp_path}/ETH{NAME} begins with an event of"
    check_error(ended, f"{begins} 2020-01-01T00:00:00Z, and {TRADES}; to", code=2)
    assert read_topic(topic) == []
    (tmp_path / NAME).write_text(new + "1,1,1,1,1577836800000,True,True\n")
    ended = csv(tmp_path / NAME, *words, environ=environ)
    assert (ended.code, ended.out) == (2, f"9 events of {SERIES} published\n")
    assert (
        f"stopped at an event that is too old: {tmp_path / NAME}:10 is of 2020-01-01T00:00:00Z, and"
        " trades before"
    ) in ended.err
    assert csv(tmp_path / NAME, *words, "--allow-old", environ=environ).code == 0


FRAMES = "".join(
    f'{{"e":"trade","E":1767348000100,"s":"BTCUSDT","t":{number},"p":"{64000 + number}.10",'
    f'"q":"0.00{number}","T":1767348000000,"m":true,"M":true}}\n'
    for number in range(1, 10)
)


@pytest.mark.parametrize(
    "order",
    [
        "stream-first",
        pytest.param("file-first", marks=pytest.mark.long),
        pytest.param("together", marks=pytest.mark.long),
    ],
)
def test_trades_of_the_stream_and_of_the_file_are_one(
    run, environ, csv, tmp_path, query, topic, order
):
    (tmp_path / NAME).write_text(ROWS)

    def stream():
        assert run(environ, "publish", "ndjson", "-", "--topic", topic, given=FRAMES).code == 0

    def file():
        assert csv(tmp_path / NAME, "--layout", "binance").code == 0

    for publish in (stream, file) if order == "stream-first" else (file, stream):
        publish()
        if order != "together":
            assert run(environ, "load", "--until-end").code == 0
    file()  # and once more
    ended = run(environ, "load", "--until-end")
    assert re.search("messages: [0-9]+ duplicates, 0 amended, 0 rejected, 0 ignored", ended.out)
    # the file's microseconds stay
    assert query("select tick_id, extract(microseconds from ts)::int, side from market.trades"
                 " order by ts") == [(str(n), n, "sell") for n in range(1, 10)]  # fmt: skip
    found = query(
        "select sum(tick_count), sum(volume) from market.candles_1m"
        " where symbol = 'BINANCE:BTCUSDT'"
    )
    assert found == [(9, Decimal("0.045"))]
