"""Files of rows, whatever their layout: headers, several files of a run, and lines in a row."""

import io
import json
import os
import resource
from zoneinfo import ZoneInfo

import pytest

from db.errors import UsageError
from ingest.files import csv_file, opened
from ingest.files.bad_lines import MOST_IN_A_ROW, BadLines, Stopped
from ingest.files.blocks import blocks_of
from ingest.files.ids import Counts
from ingest.files.layout import FileOptions
from ingest.files.opened import Opened
from ingest.files.table import open_table
from ingest.kafka import producer
from tests.ingest.files.rows import read

HEADER = "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch\n"
ROW = "7,64012.10,0.0031,198.4,1767225600000000,True,True\n"
NAME = "BTCUSDT-trades-2026-01.csv"
SECOND = "1381095255,122.0,0.1\n"


def kraken_ids(tmp_path, *files, look=False):
    """Returns the ids of the files of one run."""
    options = FileOptions()
    names = []
    for number, data in enumerate(files):
        (tmp_path / str(number)).mkdir(exist_ok=True)
        names.append(tmp_path / str(number) / "XBTUSD.csv")
        names[-1].write_text(data)
    if look:
        assert csv_file.look_at([str(name) for name in names], "kraken", options) is None
    made = []
    with BadLines() as bad:
        for name in names:
            for member in opened.members(str(name)):
                for block in csv_file.read(open_table(member, "kraken", options), bad):
                    made += [json.loads(value)["dedupe_id"] for _, value in block]
    return made


@pytest.mark.parametrize("look", [False, True], ids=["read", "looked-at-before"])
def test_equal_rows_of_a_moment_that_two_files_share_stay_apart(tmp_path, look):
    parts = (f"1381095254,1,1\n{SECOND}", f"{SECOND}{SECOND}1381095256,1,1\n")
    assert kraken_ids(tmp_path, *parts, look=look) == [
        "1x1#0", "122x0.1#0", "122x0.1#1", "122x0.1#2", "1x1#0",
    ]  # fmt: skip


def test_a_file_that_begins_earlier_counts_anew(tmp_path):
    whole = f"1381095254,1,1\n{SECOND}{SECOND}"
    one = ["1x1#0", "122x0.1#0", "122x0.1#1"]
    assert kraken_ids(tmp_path, whole, whole) == one * 2


def test_counts_are_by_source_and_symbol():
    counts = Counts()
    assert counts.of("a", "X").place("1Z", "c") == ("c#0", 0)
    assert counts.of("b", "X").place("1Z", "c") == ("c#0", 0)
    assert counts.of("a", "Y").place("1Z", "c") == ("c#0", 0)
    assert counts.of("a", "X").place("1Z", "c") == ("c#1", 1)


@pytest.mark.parametrize(
    "before",
    ["", "\n\n", "sep=,\n", "# FILE:3: a reason\n", "\n# a\n\n# b\n"],
    ids=["nothing", "empty-lines", "excel", "remark", "remarks"],
)
@pytest.mark.parametrize(
    "header",
    [HEADER, HEADER.upper(), HEADER.replace(",", " , "), HEADER.replace("price", '"price"')],
    ids=["as-documented", "capitals", "blanks", "quotes"],
)
def test_a_header_is_found(before, header):
    made, bad = read(NAME, before + header + ROW)
    assert ([one["dedupe_id"] for one in made], bad) == (["7"], [])


def test_lines_are_numbered_as_in_the_file():
    _, bad = read(NAME, f"\n\n{HEADER}{ROW}\n{ROW}wrong\n")
    assert bad == ["7: 1 values for 7 columns"]


def test_columns_that_are_new_behind_a_header_need_the_layouts_name():
    newer = (HEADER + ROW).replace("\n", ",1\n").replace("Match,1", "Match,new")
    with pytest.raises(UsageError, match="is the header of no known layout: 'id,price"):
        read(NAME, newer)
    made, bad = read(NAME, newer, "binance")
    assert ([one["symbol"] for one in made], bad) == (["BINANCE:BTCUSDT"], [])


@pytest.mark.parametrize("data", ["", "\n\n", HEADER, f"# nothing\n{HEADER}"])
def test_a_file_without_rows_has_no_messages(data):
    assert read(NAME, data) == ([], [])


def test_a_symbol_that_is_not_the_one_of_the_files_name_is_refused():
    with pytest.raises(UsageError, match="its name says BTCUSDT, which is not --symbol ETHUSDT"):
        read(NAME, HEADER + ROW, symbol="ETHUSDT")
    made, _ = read(NAME, HEADER + ROW, symbol="BINANCE:BTCUSDT.TEST")
    assert made[0]["symbol"] == "BINANCE:BTCUSDT.TEST"


@pytest.mark.parametrize("first", ['"', 'a,"b', '"a'])
def test_a_first_line_with_an_open_quote_is_of_no_layout(first):
    with pytest.raises(UsageError, match="is not of the layout binance"):
        read(NAME, f"{first}\n{ROW}", "binance")


def test_a_file_whose_first_line_does_not_end_is_refused():
    with pytest.raises(UsageError, match="no line ends in its first 65536 characters"):
        read(NAME, "1," * 200_000, "binance")


def test_a_file_of_many_blocks_is_read_whole_with_its_wrong_lines():
    rows = [f"{number},1,1,1,{1767225600000 + number},True,True" for number in range(5000)]
    rows[1234], rows[4321] = "", rows[4321].replace("True", '"True"')
    rows[2345], rows[2346] = '"', rows[2346].replace(",1,1,", ",1,1,1,")
    made, bad = read(NAME, "\r\n".join(rows), "binance")
    assert bad == [
        "2346: a quote is not closed, or closes within a value",
        "2347: 8 values for 7 columns",
    ]
    expected = [number for number in range(5000) if number not in (1234, 2345, 2346)]
    assert [int(one["dedupe_id"]) for one in made] == expected
    assert made[-1]["event_time"] == "2026-01-01T00:00:04.999000Z"


def test_a_pipe_is_not_opened_before_it_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    assert csv_file.look_at([str(tmp_path / "pipe"), "-"], "binance", FileOptions()) is None
    for name, why in (
        ("none", "No such file"),
        ("", "is a directory"),
        ("x" * 300, "name too long"),
    ):
        with pytest.raises(UsageError, match=why):
            csv_file.look_at([str(tmp_path / name)], "binance", FileOptions())


def test_what_is_read_before_a_wrong_line_is_yielded(tmp_path):
    (tmp_path / NAME).write_text(ROW * 3 + "wrong\n" + ROW)
    opening = opened.members(str(tmp_path / NAME))
    table = open_table(next(opening), "binance", FileOptions())
    blocks = csv_file.read(table, BadLines())
    assert len(next(blocks)) == 3
    with pytest.raises(Stopped, match=rf"{NAME}:4: 1 values for 7 columns"):
        next(blocks)


def test_a_thousand_wrong_lines_in_a_row_end_a_run(tmp_path):
    with BadLines(str(tmp_path / "bad")) as bad:
        for number in range(2, 2 + MOST_IN_A_ROW):
            bad.add("f", number, "x", "no number")
        for number in range(1003, 1003 + MOST_IN_A_ROW):  # behind a good line
            bad.add("f", number, "x", "no number")
        with pytest.raises(Stopped, match=r"f:2003: no number; 1000 lines before it are wrong too"):
            bad.add("f", 2003, "x", "no number")


def test_a_line_that_is_too_long_is_wrong_and_not_kept_whole():
    made, bad = read(NAME, f"{HEADER}{ROW}{'x' * 3_000_000}\n{ROW}")
    assert ([one["dedupe_id"] for one in made], bad) == (
        ["7", "7"], ["3: 1 values for 7 columns"],
    )  # fmt: skip
    opening = Opened(NAME, io.BufferedReader(io.BytesIO(b"a,b\n" + b"x" * 3_000_000)))
    assert [len(block.text) < 100_000 for block in blocks_of(opening)] == [True]


def test_a_full_disk_stops_the_run_with_a_sentence(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        with (
            pytest.raises(Stopped, match=r"bad: File too large; stopped at f:7: no number; what"),
            BadLines(str(tmp_path / "bad")) as bad,
        ):
            bad.add("f", 7, "x", "no number")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize(
    "layout, options, why",
    [
        ("binance", {"kind": "quote"}, "binance has trades, not quotes"),
        ("binance", {"time_zone": ZoneInfo("UTC")}, "--time-zone cannot be given"),
        ("histdata", {"kind": "trade"}, "histdata has quotes, not trades"),
        ("kibot", {"time_unit": "s"}, "the times of kibot are known: --time-unit cannot be given"),
    ],
)
def test_an_option_without_effect_is_refused(layout, options, why):
    rows = {"kibot": "02/27/2026,09:30:00,1,1\n", "histdata": "20260227 120500123,1,1,0\n"}
    name = "DAT_ASCII_EURUSD_T_202602.csv" if layout == "histdata" else NAME
    with pytest.raises(UsageError, match=why):
        read(name, rows.get(layout, ROW), layout, **options)


def test_a_time_that_a_spreadsheet_has_rounded_is_named():
    _, bad = read(NAME, HEADER + ROW.replace("1767225600000000", "1.76723E+15"))
    assert bad == ["2: time is '1.76723E+15', rounded by a spreadsheet"]


def test_blocks_of_messages_reach_the_topic_with_their_keys(kafka_settings, topic, read_topic):
    blocks = [[("A", b"1"), ("B", b"2")], [], [("A", b"3")]]
    assert producer.publish_blocks(kafka_settings, topic, blocks).count == 3
    records = read_topic(topic)
    assert [record.value for record in records if record.key == b"A"] == [b"1", b"3"]
    assert [record.value for record in records if record.key == b"B"] == [b"2"]
