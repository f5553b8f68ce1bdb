"""Massive's flat files as messages."""

import pytest

from db.errors import UsageError
from tests.ingest.files.reading import read

HEADER = (
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,"
    "sip_timestamp,size,tape,trf_id,trf_timestamp"
)
END = ',"flags":["backfill"]}'


def head(symbol: str) -> str:
    return f'{{"v":1,"kind":"trade","source":"massive","symbol":"{symbol}","event_time":"'


def test_numbers_of_conditions_become_letters_of_the_tapes() -> None:
    found = read(
        "us_stocks_sip_trades_v1_2026-02-27.csv.gz",
        f"{HEADER}\n"
        'AAPL,"12,37",0,4,71675,1772193900123000000,189.7201,1234,1772193900123456789,7,3,202,'
        "1772193900123111111\n"
        "IBM,,0,1,52983575627123,1772193900123000000,182.5,99,1772193900123456789,100,1,0,0\n"
        'IBM,"2,14,41",1,11,2,1772193900123000000,182.50,100,1772193900999999999,1,1,0,0\n'
        "SPY,4,0,11,2,1772193900123000000,600,100,1772193900999999999,1,2,0,0\n"
        "MSFT,4,0,11,2,1772193900123000000,600,100,1772193900999999999,1,3,0,0\n"
        "MSFT,77,0,11,3,1772193900123000000,600,101,1772193900999999999,1,3,0,0\n",
    )
    assert found.wrong == []
    assert found.messages == [
        ("AAPL", head("AAPL") + '2026-02-27T12:05:00.123456789Z","price":"189.7201","size":"7",'
         '"exchange":"4","tape":"C","conditions":["T","I"],"seq":1234,"dedupe_id":"71675/202"'
         + END),
        ("IBM", head("IBM") + '2026-02-27T12:05:00.123456789Z","price":"182.5","size":"100",'
         '"exchange":"1","tape":"A","seq":99,"dedupe_id":"52983575627123"' + END),
        ("IBM", head("IBM") + '2026-02-27T12:05:00.999999999Z","price":"182.50","size":"1",'
         '"exchange":"11","tape":"A","conditions":["B","F"],"seq":100,"dedupe_id":"2"' + END),
        ("SPY", head("SPY") + '2026-02-27T12:05:00.999999999Z","price":"600","size":"1",'
         '"exchange":"11","tape":"B","seq":100,"dedupe_id":"2"' + END),
        ("MSFT", head("MSFT") + '2026-02-27T12:05:00.999999999Z","price":"600","size":"1",'
         '"exchange":"11","tape":"C","conditions":["B"],"seq":100,"dedupe_id":"2"' + END),
        ("MSFT", head("MSFT") + '2026-02-27T12:05:00.999999999Z","price":"600","size":"1",'
         '"exchange":"11","tape":"C","conditions":["77"],"seq":101,"dedupe_id":"3"' + END),
    ]  # fmt: skip


def test_fractions_of_shares_are_those_of_their_own_column() -> None:
    found = read(
        "trades.csv",
        f"{HEADER},decimal_size\n"
        "AAPL,,0,4,1,0,189.72,1,1772193900123456789,0,3,202,0,0.031415\n"
        "AAPL,,0,4,2,0,189.72,2,1772193900123456789,100,3,202,0,\n",
    )
    assert [message.partition('"size":')[2][:10] for _, message in found.messages] == [
        '"0.031415"',
        '"100","exc',
    ]


def test_cancelled_trades_and_the_records_that_say_so_are_no_events() -> None:
    rows = "".join(
        f"AAPL,,{correction},4,{correction},0,189.72,1,1772193900123456789,1,3,0,0\n"
        for correction in ("0", "1", "7", "8", "10", "11", "12")
    )
    found = read("trades.csv", f"{HEADER}\n{rows}")
    assert [message.count('"dedupe_id":"0"') for _, message in found.messages] == [1, 0]
    assert found.wrong == []


def test_wrong_rows_are_named() -> None:
    found = read(
        "trades.csv",
        f"{HEADER}\n"
        "AAPL,12,3,4,1,0,189.72,1,1772193900123456789,1,3,0,0\n"
        "AAPL,@T,0,4,1,0,189.72,1,1772193900123456789,1,3,0,0\n"
        'AAPL,"12,37,0,4,1,0,189.72,1,1772193900123456789,1,3,0,0\n'
        "AAPL,12,0,4,,0,189.72,1,1772193900123456789,1,3,0,0\n"
        "AAPL,12,0,4,1,0,189.72,x,1772193900123456789,1,3,0,0\n"
        "AAPL,12,0,4,1,0,189.72,1,1772193900123,1,3,0,0\n"
        "AAPL,12,0,4,1,0,189.72,1,1772193900123456789,1,4,0,0\n"
        ",12,0,4,1,0,189.72,1,1772193900123456789,1,3,0,0\n",
    )
    assert found == (
        [],
        [
            "2: correction is '3', which is not known",
            "3: conditions are '@T', not numbers",
            "4: a quote is not closed, or closes within a value",
            "5: id is missing",
            "6: sequence_number is 'x', not a number",
            "7: time is 1970-01-01T00:29:32Z, before 2000 or after 2070",
            "8: tape is '4', not one of 1, 2, 3, 0",
            "9: symbol is ''",
        ],
    )


def test_a_symbol_cannot_be_given() -> None:
    with pytest.raises(UsageError, match="its rows have symbols, so --symbol cannot be given"):
        read("trades.csv", f"{HEADER}\n", symbol="AAPL")
