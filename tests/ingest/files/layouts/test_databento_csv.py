"""Databento's CSV as messages."""

import pytest

from db.errors import UsageError
from tests.ingest.files.reading import read

TRADES = (
    "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,"
    "ts_in_delta,sequence"
)
BOOK = f"{TRADES},bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,ask_ct_00"
HEAD = '{"v":1,"kind":"trade","source":"databento","symbol":"ESH1","event_time":"'
FIRST = HEAD + (
    '2020-12-28T13:00:00.098821953Z","price":"3720.25","size":"5","side":"sell","exchange":"1",'
    '"seq":1170380,"dedupe_id":"1-1609160400098821953-1170380-0000","flags":["backfill"]}'
)


def test_both_forms_of_prices_and_times_give_the_same_messages() -> None:
    units = read(
        "glbx-mdp3-20201228.trades.csv",
        f"{TRADES},symbol\n"
        "1609160400099150057,1609160400098821953,0,1,5482,T,A,0,3720250000000,5,129,19251,1170380,"
        "ESH1\n",
    )
    pretty = read(
        "glbx-mdp3-20201228.trades.csv",
        f"{TRADES},symbol\n"
        "2020-12-28T13:00:00.099150057Z,2020-12-28T13:00:00.098821953Z,0,1,5482,T,A,0,"
        "3720.250000000,5,129,19251,1170380,ESH1\n",
    )
    assert units == pretty == ([("ESH1", FIRST)], [])


def test_trades_of_one_sequence_stay_apart() -> None:
    row = "1609160400099150057,1609160400098821953,0,1,5482,T,{},0,{},5,129,19251,1170380\n"
    found = read(
        "trades.csv",
        f"{TRADES}\n"
        + row.format("A", "3720250000000")
        + row.format("A", "3720250000000")
        + row.format("N", "-37630000000"),
        symbol="ESH1",
    )
    assert [message for _, message in found.messages] == [
        FIRST,
        FIRST.replace("-0000", "-0001"),
        FIRST.replace("-0000", "-0002").replace("3720.25", "-37.63").replace(',"side":"sell"', ""),
    ]


def test_quotes_and_trades_of_a_book_are_published_apart() -> None:
    text = (
        f"{BOOK},symbol\n"
        "1609160400006136329,1609160400006001487,1,1,5482,A,A,0,3720500000000,1,128,17214,1170362,"
        "3720250000000,3720500000000,24,11,15,9,ESH1\n"
        "1609160400006246513,1609160400006146661,1,1,5482,T,B,0,3720500000000,1,128,18858,1170364,"
        "3720250000000,9223372036854775807,24,0,15,0,ESH1\n"
        "1609160400006246513,1609160400006146662,1,1,5482,R,N,0,9223372036854775807,0,128,18858,"
        "1170365,9223372036854775807,9223372036854775807,0,0,0,0,ESH1\n"
    )
    head = HEAD.replace("trade", "quote")
    assert read("mbp.csv", text, kind="quote") == (
        [
            ("ESH1", head + '2020-12-28T13:00:00.006001487Z","bid":"3720.25","bid_size":"24",'
             '"ask":"3720.5","ask_size":"11","exchange":"1","seq":1170362,'
             '"dedupe_id":"1-1609160400006001487-1170362-0000","flags":["backfill"]}'),
            ("ESH1", head + '2020-12-28T13:00:00.006146661Z","bid":"3720.25","bid_size":"24",'
             '"exchange":"1","seq":1170364,"dedupe_id":"1-1609160400006146661-1170364-0000",'
             '"flags":["backfill"]}'),
        ],
        [],
    )  # fmt: skip
    assert read("mbp.csv", text, kind="trade") == (
        [
            ("ESH1", HEAD + '2020-12-28T13:00:00.006146661Z","price":"3720.5","size":"1",'
             '"side":"buy","exchange":"1","seq":1170364,'
             '"dedupe_id":"1-1609160400006146661-1170364-0000","flags":["backfill"]}'),
        ],
        [],
    )  # fmt: skip
    with pytest.raises(UsageError, match="choose --kind quote or --kind trade, then the other"):
        read("mbp.csv", text)
    with pytest.raises(UsageError, match="its rows are trades, not quotes"):
        read("trades.csv", f"{TRADES},symbol\n", kind="quote")


def test_the_time_of_receipt_takes_the_place_of_one_that_is_undefined() -> None:
    row = "1609160400098821953,18446744073709551615,0,1,5482,T,A,0,3720250000000,5,129,1,1170380"
    assert read("trades.csv", f"{TRADES},symbol\n{row},ESH1\n").messages == [
        ("ESH1", FIRST.replace('["backfill"]', '["backfill","recv_time"]'))
    ]


def test_wrong_rows_are_named() -> None:
    good = "0,1609160400098821953,0,1,5482,T,A,0,1000000000,5,129,19251,1170380,ESH1"
    rows = [
        good.replace("T,A,0,1000000000", "T,A,0,9223372036854775807"),
        good.replace("T,A,0,1000000000", "T,A,0,"),
        good.replace("T,A,0,1000000000", "T,A,0,1e3x"),
        good.replace("0,1609160400098821953", "18446744073709551615,18446744073709551615"),
        good.replace("1609160400098821953", "yesterday"),
        good.replace("T,A", "T,X"),
        good.replace("1170380", "-1"),
        good.replace("ESH1", ""),
        good.replace("T,A", "F,A"),  # a fill, which is no event
    ]
    found = read("trades.csv", "\n".join([f"{TRADES},symbol", *rows, ""]))
    assert found == (
        [],
        [
            "2: price is undefined",
            "3: price is undefined",
            "4: price is '1e3x', not a number",
            "5: ts_event and ts_recv are undefined",
            "6: time is 'yesterday', not like 2026-02-27T12:05:00.123Z",
            "7: side is 'X', not one of A, B, N",
            "8: sequence is '-1', not a number",
            "9: symbol is ''",
        ],
    )


def test_symbols_are_those_of_the_rows_or_of_a_file_of_one_instrument() -> None:
    row = "0,1609160400098821953,0,1,{},T,A,0,1000000000,5,129,19251,1170380\n"
    with pytest.raises(UsageError, match="has instrument ids and no symbols"):
        read("trades.csv", f"{TRADES}\n{row.format(5482)}")
    with pytest.raises(UsageError, match="its rows have symbols"):
        read("trades.csv", f"{TRADES},symbol\n", symbol="ESH1")
    found = read("trades.csv", f"{TRADES}\n{row.format(5482)}{row.format(5483)}", symbol="ESH1")
    assert len(found.messages) == 1
    assert found.wrong == ["3: instrument_id is 5483, but --symbol ESH1 is that of 5482"]
