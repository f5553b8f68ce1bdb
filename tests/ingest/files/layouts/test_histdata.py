"""HistData's ticks as messages."""

import pytest

from db.errors import UsageError
from tests.ingest.files.reading import read

NAME = "DAT_ASCII_EURUSD_T_202607.csv"
HEAD = '{"v":1,"kind":"quote","source":"histdata","symbol":"HISTDATA:EURUSD","event_time":"'
END = ',"flags":["backfill"]}'


def test_times_are_five_hours_behind_utc_all_year() -> None:
    found = read(
        f"HISTDATA.zip/{NAME}",
        "20260227 235959999,1.080010,1.080120,0\n"
        "20260308 023000000,1.08,1.0802,0\n"
        "20260701 120000001,1.09,1.0902,0\n"
        "20260701 120000001,1.090,1.0902,0\n",
        "histdata",
    )
    assert found.wrong == []
    assert [message for _, message in found.messages] == [
        HEAD + '2026-02-28T04:59:59.999000Z","bid":"1.080010","ask":"1.080120","seq":0,'
        '"dedupe_id":"1.08001/1.08012#0"' + END,
        HEAD + '2026-03-08T07:30:00.000000Z","bid":"1.08","ask":"1.0802","seq":0,'
        '"dedupe_id":"1.08/1.0802#0"' + END,
        HEAD + '2026-07-01T17:00:00.001000Z","bid":"1.09","ask":"1.0902","seq":0,'
        '"dedupe_id":"1.09/1.0902#0"' + END,
        HEAD + '2026-07-01T17:00:00.001000Z","bid":"1.090","ask":"1.0902","seq":1,'
        '"dedupe_id":"1.09/1.0902#1"' + END,
    ]


def test_wrong_rows_are_named() -> None:
    found = read(
        NAME,
        "20260701 1200000,1.09,1.0902,0\n"
        "20260701 126000000,1.09,1.0902,0\n"
        "2026.07.01 120000000,1.09,1.0902,0\n"
        "20260701 120000000,1.09,,0\n"
        "20260701 120000000,1.09,1.0902\n",
        "histdata",
    )
    assert found == (
        [],
        [
            "1: time is '20260701 1200000', not like '20260227 120500123'",
            "2: time is '2026-07-01T12:60:00', which is none",
            "3: time is '2026.07.01 120000000', not like '20260227 120500123'",
            "4: ask is missing",
            "5: 3 values for 4 columns",
        ],
    )


def test_columns_in_another_order_and_another_zone_are_refused() -> None:
    swapped = "20260701 120000001,1.0902,1.09,0\n"
    with pytest.raises(UsageError, match="in 1 of its first 1 rows the bid is above the ask"):
        read(NAME, swapped, "histdata")
    with pytest.raises(UsageError, match="the times of histdata are known: --time-zone"):
        read(NAME, swapped, "histdata", time_zone="America/New_York")


def test_bars_and_other_names_are_refused() -> None:
    with pytest.raises(UsageError, match="its first line is not of the layout histdata"):
        read("DAT_ASCII_EURUSD_M1_2026.csv", "20260201 170000;1.1;1.1;1.1;1.1;0\n", "histdata")
    with pytest.raises(UsageError, match="no symbol in its rows nor in its name"):
        read("ticks.csv", "20260701 120000001,1.09,1.0902,0\n", "histdata")
    found = read("x.csv", "20260701 120000001,1.09,1.0902,0\n", "histdata", symbol="EURUSD")
    assert found.messages[0][0] == "HISTDATA:EURUSD"
    with pytest.raises(UsageError, match="its name says EURUSD, which is not --symbol GBPUSD"):
        read(NAME, "20260701 120000001,1.09,1.0902,0\n", "histdata", symbol="GBPUSD")
    found = read(NAME, "20260701 120000001,1.09,1.0902,0\n", "histdata", symbol="FX:EUR/USD")
    assert found.messages[0][0] == "FX:EUR/USD"
