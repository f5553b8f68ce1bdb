"""Dukascopy's exported ticks as messages."""

import re
from datetime import UTC, datetime

import pytest

from db.errors import UsageError
from ingest.sources import dukascopy_hours
from ingest.sources.dukascopy_hours import Quote
from ingest.sources.dukascopy_instruments import Instrument
from tests.ingest.files.reading import read

NAME = "EURUSD_Ticks_26.02.2026-26.02.2026.csv"
HEADER = "Gmt time,Ask,Bid,AskVolume,BidVolume\n"
HEAD = '{"v":1,"kind":"quote","source":"dukascopy","symbol":"DUKASCOPY:EUR/USD","event_time":"'
END = ',"flags":["backfill"]}'


def test_the_ask_comes_before_the_bid_and_volumes_are_millions() -> None:
    found = read(
        NAME,
        HEADER
        + "26.02.2026 12:00:00.093,1.08004,1.08001,1.8,0.9\n"
        + "26.02.2026 12:00:00.093,1.08005,1.08001,1.12,2.7E-1\n"
        + "26.02.2026 12:00:00.104,1.08004,1.08001,0,\n",
    )
    assert found.wrong == []
    assert [message for _, message in found.messages] == [
        HEAD + '2026-02-26T12:00:00.093000Z","bid":"1.08001","bid_size":"900000","ask":"1.08004",'
        '"ask_size":"1800000","seq":0,"dedupe_id":"1772107200093-0"' + END,
        HEAD + '2026-02-26T12:00:00.093000Z","bid":"1.08001","bid_size":"270000","ask":"1.08005",'
        '"ask_size":"1120000","seq":1,"dedupe_id":"1772107200093-1"' + END,
        HEAD + '2026-02-26T12:00:00.104000Z","bid":"1.08001","ask":"1.08004","ask_size":"0",'
        '"seq":0,"dedupe_id":"1772107200104-0"' + END,
    ]


def test_messages_are_those_of_a_download_of_the_same_hour() -> None:
    start = datetime(2026, 2, 26, 12, tzinfo=UTC)
    hour = [Quote(93, 108004, 108001, "1800000", "900000"), Quote(93, 108005, 108001, "1", "2")]
    downloaded = [
        message.value.decode()
        for message in dukascopy_hours.messages(Instrument("EUR/USD", 5), start, hour)
    ]
    exported = read(
        NAME,
        HEADER
        + "26.02.2026 12:00:00.093,1.08004,1.08001,1.8,0.9\n"
        + "26.02.2026 12:00:00.093,1.08005,1.08001,0.000001,0.000002\n",
    )

    def identity(text: str) -> tuple[str, ...]:
        keys = ("symbol", "source", "event_time", "dedupe_id", "seq", "bid_size")
        return tuple(text.partition(f'"{key}":')[2].partition(",")[0] for key in keys)

    assert [identity(text) for text in downloaded[:2]] == [
        identity(message) for _, message in exported.messages
    ]


def test_a_zone_behind_the_time_or_stated_is_used() -> None:
    local = HEADER.replace("Gmt time", "Local time")
    row = "01.07.2026 12:00:00.093{},1.08004,1.08001,1.8,0.9\n"
    offset = read(NAME, local + row.format(" GMT+0200"))
    stated = read(NAME, local + row.format(""), time_zone="Europe/Zurich")
    at_gmt = read(NAME, HEADER + row.format(" GMT+0100"))
    assert '2026-07-01T10:00:00.093000Z","bid"' in offset.messages[0][1]
    assert stated == offset
    assert '2026-07-01T11:00:00.093000Z","bid"' in at_gmt.messages[0][1]
    assert read(NAME, local + row.format("")).wrong == [
        "2: time '01.07.2026 12:00:00' names no zone: state it with --time-zone"
    ]


def test_wrong_rows_are_named() -> None:
    found = read(
        NAME,
        HEADER
        + "2026.02.26 12:00:00.093,1.08004,1.08001,1.8,0.9\n"
        + "26.02.2026 12:00:00,1.08004,1.08001,1.8,0.9\n"
        + "30.02.2026 12:00:00.093,1.08004,1.08001,1.8,0.9\n"
        + "26.02.2026 12:00:00.093,1.08004,,1.8,0.9\n"
        + "26.02.2026 12:00:00.093,1.08004,1.08001,-1.8,0.9\n"
        + "26.02.2026 12:00:00.093,1,08004,1,08001,1,8,0,9\n"
        + "26.02.2026 12:00:00.093,1.08004,1.08001,1.8,0.9\n"
        + "26.02.2026 12:00:00.092,1.08004,1.08001,1.8,0.9\n",
    )
    assert len(found.messages) == 1
    assert found.wrong == [
        "2: time is '2026.02.26 12:00:00', not like '27.02.2026 12:05:00.123'",
        "3: time is '26.02.2026 12:00:00', not like '27.02.2026 12:05:00.123'",
        "4: time is '2026-02-30T12:00:00', which is none",
        "5: bid is missing",
        "6: ask_size is '-1.8', below zero",
        "7: 9 values for 5 columns",
        "9: time goes back to 2026-02-26T12:00:00.092000Z from 2026-02-26T12:00:00.093000Z:"
        " a file without ids has to be in order of time",
    ]


@pytest.mark.parametrize("symbol", ["EURUSD", "EUR/USD", "DUKASCOPY:EUR/USD", "eur-usd"])
def test_symbols_are_those_of_downloads(symbol: str) -> None:
    row = "26.02.2026 12:00:00.093,1.08004,1.08001,1.8,0.9\n"
    assert read("ticks.csv", HEADER + row, symbol=symbol).messages[0][0] == "DUKASCOPY:EUR/USD"


def test_an_instrument_that_cannot_be_taken_apart_is_refused() -> None:
    with pytest.raises(UsageError, match="'ABCDEF' is not an instrument of Dukascopy"):
        read("ABCDEF_Ticks_26.02.2026-26.02.2026.csv", HEADER)


def test_the_same_second_of_both_hours_that_clocks_show_twice_is_two() -> None:
    # The clocks of Zurich go back at 01:00 UTC, from 03:00 to 02:00.
    clocks = ("01:59:59", "02:00:00", "02:59:59", "02:00:00", "02:59:59", "03:00:00")
    rows = "".join(f"25.10.2026 {clock}.093,1.08004,1.08001,1.8,0.9\n" for clock in clocks)
    found = read(NAME, HEADER.replace("Gmt", "Local") + rows, time_zone="Europe/Zurich")
    times = [re.findall("T(.{8})", message)[0] for _, message in found.messages]
    assert times == [
        "23:59:59", "00:00:00", "00:59:59", "01:00:00", "01:59:59", "02:00:00",
    ]  # fmt: skip
    assert found.wrong == []
