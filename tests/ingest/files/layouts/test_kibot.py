"""Kibot's ticks as messages."""

import pytest

from db.errors import UsageError
from tests.ingest.files.reading import read

HEAD = '{"v":1,"kind":"trade","source":"kibot","symbol":"IBM","event_time":"'
END = ',"flags":["backfill"]}'


def test_equal_rows_are_trades_of_their_own_in_the_order_of_the_file() -> None:
    text = (
        "02/27/2026,09:30:00,182.5,182.49,182.51,100\n"
        "02/27/2026,09:30:00,182.50,182.49,182.51,100\n"
        "02/27/2026,09:30:00,182.51,182.5,182.51,1\n"
        "02/27/2026,09:30:00,182.5,182.49,182.51,100\n"
        "07/01/2026,16:00:00,.0001,0,0,0\n"
    )
    found = read("data/IBM.txt", text, "kibot")
    noon = "2026-02-27T14:30:00.000000Z"
    assert found.wrong == []
    assert found.messages == [
        ("IBM", HEAD + f'{noon}","price":"182.5","size":"100","seq":0,"dedupe_id":"182.5/100#0"'
         + END),
        ("IBM", HEAD + f'{noon}","price":"182.50","size":"100","seq":1,"dedupe_id":"182.5/100#1"'
         + END),
        ("IBM", HEAD + f'{noon}","price":"182.51","size":"1","seq":2,"dedupe_id":"182.51/1#0"'
         + END),
        ("IBM", HEAD + f'{noon}","price":"182.5","size":"100","seq":3,"dedupe_id":"182.5/100#2"'
         + END),
        ("IBM", HEAD + '2026-07-01T20:00:00.000000Z","price":"0.0001","seq":0,'
         '"dedupe_id":"0.0001/#0"' + END),
    ]  # fmt: skip
    assert read("elsewhere/ibm.csv.gz", text, "kibot").messages == found.messages


def test_wrong_rows_are_named() -> None:
    found = read(
        "IBM.txt",
        "02/27/2026,09:30:00,182.5,182.49,182.51,100\n"
        "27/02/2026,09:30:01,182.5,182.49,182.51,100\n"
        "02/27/26,09:30:01,182.5,182.49,182.51,100\n"
        "02/27/2026,09:30:01,,182.49,182.51,100\n"
        "02/27/2026,09:30:01,182.5,182.49,182.51,-1\n"
        "02/27/2026,09:30:01,182.5,182.49,182.51\n"
        "02/27/2026,09:29:59,182.5,182.49,182.51,100\n"
        "02/27/2026,09:30:01,182.5,182.49,182.51,7\n",
        "kibot",
    )
    assert [message for _, message in found.messages] == [
        HEAD + '2026-02-27T14:30:00.000000Z","price":"182.5","size":"100","seq":0,'
        '"dedupe_id":"182.5/100#0"' + END,
        HEAD + '2026-02-27T14:30:01.000000Z","price":"182.5","size":"7","seq":0,'
        '"dedupe_id":"182.5/7#0"' + END,
    ]
    assert found.wrong == [
        "2: time is '2026-27-02T09:30:01', which is none",
        "3: time is '02/27/26 09:30:01', not like '02/27/2026 09:30:00'",
        "4: price is missing",
        "5: size is '-1', below zero",
        "6: 5 values for 6 columns",
        "7: time goes back to 2026-02-27T14:29:59.000000Z from 2026-02-27T14:30:00.000000Z:"
        " a file without ids has to be in order of time",
    ]


def test_an_hour_that_is_there_twice_is_told_by_order_alone() -> None:
    def times(*clocks: str) -> list[str]:
        text = "".join(f"11/01/2026,{clock},1,1\n" for clock in clocks)
        messages = read("IBM.txt", text, "kibot").messages
        return [message[len(HEAD) + 11 : len(HEAD) + 19] for _, message in messages]

    assert times("00:59:59", "01:30:00", "01:10:00", "01:59:59", "02:00:00") == [
        "04:59:59", "05:30:00", "06:10:00", "06:59:59", "07:00:00",
    ]  # fmt: skip
    assert times("00:29:59", "01:30:00", "01:10:00", "01:59:59") == [
        "04:29:59", "06:10:00", "06:59:59",
    ]  # fmt: skip
    # The same seconds in both hours, and twice in one second.
    assert times("00:59:59", "01:00:00", "01:59:59", "01:00:00", "01:59:59", "01:59:59") == [
        "04:59:59", "05:00:00", "05:59:59", "06:00:00", "06:59:59", "06:59:59",
    ]  # fmt: skip
    assert read("IBM.txt", "11/01/2026,01:30:00,1,1\n", "kibot").wrong == [
        "1: time '2026-11-01T01:30:00' is there twice in America/New_York, and the rows before it"
        " do not tell which one it is: publish such rows with a zone like Etc/GMT+4"
    ]
    zone = read("IBM.txt", "11/01/2026,01:30:00,1,1\n", "kibot", time_zone="Etc/GMT+4")
    assert "2026-11-01T05:30:00.000000Z" in zone.messages[0][1]


def test_a_time_that_the_clocks_skip_is_wrong() -> None:
    found = read("IBM.txt", "03/08/2026,02:30:00,1,1\n", "kibot")
    assert found.wrong == [
        "1: time '2026-03-08T02:30:00' does not exist in America/New_York: its clocks skip it"
    ]


def test_quotes_are_published_if_they_are_asked_for() -> None:
    found = read(
        "BRK.B.txt",
        "02/27/2026,09:30:00,500,499.9,500.1,100\n02/27/2026,09:30:00,500,0,500.10,100\n"
        "02/27/2026,09:30:00,500,0,0,100\n",
        "kibot",
        kind="quote",
    )
    head = HEAD.replace("trade", "quote").replace("IBM", "BRK.B") + '2026-02-27T14:30:00.000000Z"'
    assert found.messages == [
        ("BRK.B", head + ',"bid":"499.9","ask":"500.1","seq":0,"dedupe_id":"499.9/500.1#0"' + END),
        ("BRK.B", head + ',"ask":"500.10","seq":1,"dedupe_id":"/500.1#0"' + END),
    ]
    with pytest.raises(UsageError, match="its rows have trades alone, no quotes"):
        read("IBM.txt", "02/27/2026,09:30:00,500,100\n", "kibot", kind="quote")


def test_a_file_that_has_no_symbol_for_a_name_needs_one() -> None:
    text = "02/27/2026,09:30:00,500,100\n"
    with pytest.raises(UsageError, match="is not named by a symbol, like "):
        read("my ticks (1).txt", text, "kibot")
    assert read("my ticks (1).txt", text, "kibot", symbol="IBM").messages[0][0] == "IBM"


def test_it_is_never_guessed() -> None:
    with pytest.raises(UsageError, match="header of no known layout"):
        read("IBM.txt", "02/27/2026,09:30:00,500,100\n")
