"""MetaTrader 5's exported ticks as messages."""

import pytest

from db.errors import UsageError
from tests.ingest.files.reading import read

NAME = "EURUSD_202602270000_202602272359.csv"
HEADER = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
HEAD = '{"v":1,"kind":"quote","source":"metatrader","symbol":"METATRADER:EURUSD","event_time":"'
END = ',"flags":["backfill"]}'


def test_a_side_that_has_not_changed_is_that_of_a_row_before() -> None:
    found = read(
        NAME,
        HEADER
        + "2026.02.27\t00:00:01.123\t1.08001\t\t\t\t2\n"
        + "2026.02.27\t00:00:01.123\t1.08002\t1.08010\t\t\t6\n"
        + "2026.02.27\t00:00:01.123\t\t1.08011\t\t\t4\n"
        + "2026.07.01\t00:00:00\t1.09\t\t\t\t2\n",
        time_zone="Europe/Athens",
    )
    assert found.wrong == []
    at = "2026-02-26T22:00:01.123000Z"
    assert [message for _, message in found.messages] == [
        HEAD + at + '","bid":"1.08001","seq":0,"dedupe_id":"1.08001/#0"' + END,
        HEAD + at + '","bid":"1.08002","ask":"1.08010","seq":1,"dedupe_id":"1.08002/1.0801#0"'
        + END,
        HEAD + at + '","bid":"1.08002","ask":"1.08011","seq":2,"dedupe_id":"/1.08011#0"' + END,
        HEAD + '2026-06-30T21:00:00.000000Z","bid":"1.09","ask":"1.08011","seq":0,'
        '"dedupe_id":"1.09/#0"' + END,
    ]  # fmt: skip


def test_clocks_of_brokers_change_with_those_of_new_york() -> None:
    rows = "".join(f"2026.{day}\t00:00:00.001\t1.1\t1.2\t\t\t6\n" for day in ("03.06", "03.09"))
    found = read(NAME, HEADER + rows, time_zone="America/New_York+7")
    assert [message[len(HEAD) : len(HEAD) + 19] for _, message in found.messages] == [
        "2026-03-05T22:00:00",
        "2026-03-08T21:00:00",
    ]


def test_deals_are_published_if_trades_are_asked_for() -> None:
    found = read(
        "GAZP_202602270000_202602272359.csv",
        HEADER
        + "2026.02.27\t10:00:00.001\t150.10\t150.20\t\t\t6\n"
        + "2026.02.27\t10:00:00.002\t\t\t150.20\t10\t56\n"
        + "2026.02.27\t10:00:00.002\t\t\t\t3\t80\n"
        + "2026.02.27\t10:00:00.002\t150.15\t\t\t\t34\n"
        + "2026.02.27\t10:00:00.002\t\t\t\t\t32\n",
        kind="trade",
        time_zone="Europe/Moscow",
    )
    head = HEAD.replace("quote", "trade").replace("EURUSD", "GAZP") + "2026-02-27T07:00:00.002000Z"
    assert found.wrong == []
    assert [message for _, message in found.messages] == [
        head + '","price":"150.20","size":"10","side":"buy","seq":0,"dedupe_id":"150.2/10/56#0"'
        + END,
        head + '","price":"150.20","size":"3","side":"sell","seq":1,"dedupe_id":"/3/80#0"' + END,
        head + '","price":"150.20","size":"3","side":"buy","seq":2,"dedupe_id":"//32#0"' + END,
        head + '","price":"150.20","size":"3","side":"buy","seq":3,"dedupe_id":"//32#1"' + END,
    ]  # fmt: skip


def test_wrong_rows_are_named() -> None:
    found = read(
        NAME,
        HEADER
        + "2026.02.27\t00:00:00.000\t1.08001\t1.0801\t\t\t6\n" * 100
        + "2026.13.27\t00:00:01.123\t1.08001\t1.0801\t\t\t6\n"
        + "27.02.2026\t00:00:01.123\t1.08001\t1.0801\t\t\t6\n"
        + "2026.02.27\t00:00:01,123\t1.08001\t1.0801\t\t\t6\n"
        + "2026.02.27\t00:00:01.123\t1,08001\t1.0801\t\t\t6\n"
        + "2026.02.27\t00:00:01.123\t1.08001\t1.0801\t1.08\t5\t30\n"
        + "2026.02.27,00:00:01.123,1.08001,1.0801,,,6\n"
        + "2026.03.29\t03:30:00.000\t1.08001\t1.0801\t\t\t6\n"
        + "2026.02.27\t00:00:01.123\t\t\t\t\t0\n",
        time_zone="Europe/Athens",
    )
    assert len(found.messages) == 100
    assert found.wrong == [
        "102: time is '2026-13-27T00:00:01', which is none",
        "103: time is '27.02.2026 00:00:01', not like '2026.02.27 12:05:00'",
        "104: time has ',123' behind its second, not .123",
        "105: bid is '1,08001', not a number",
        "106: is a trade: choose --kind quote or --kind trade",
        "107: 1 values for 7 columns",
        "108: time '2026-03-29T03:30:00' does not exist in Europe/Athens: its clocks skip it",
    ]


def test_the_zone_and_the_kind_are_never_guessed() -> None:
    row = "2026.02.27\t00:00:01.123\t1.08001\t1.0801\t1.08\t5\t30\n"
    with pytest.raises(UsageError, match="those of the broker's clock: state it with --time-zone"):
        read(NAME, HEADER + row)
    with pytest.raises(UsageError, match="has quotes and trades: choose --kind quote or"):
        read(NAME, HEADER + row, time_zone="Europe/Athens")


def test_bars_are_refused() -> None:
    with pytest.raises(UsageError, match="header of no known layout"):
        read(NAME, "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n")
