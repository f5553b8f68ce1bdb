"""Files of no known layout, whose columns are named."""

from zoneinfo import ZoneInfo

import pytest

from db.errors import UsageError
from tests.ingest.files.rows import read, trade

NEW_YORK = ZoneInfo("America/New_York")
TRADES = {"time": "ts", "price": "px", "size": "qty", "symbol": "sym"}


def columns(data, names=None, **options):
    return read("mine.csv", data, "columns", columns=names or TRADES, **{"source": "me", **options})


def mine(time, price, size, tick_id, seq=0, **others):
    moment = f"2026-03-06T{time}Z"
    return trade("A", "me", moment, price, size, others.pop("side", None), tick_id, seq=seq,
                 **others)  # fmt: skip


@pytest.mark.parametrize(
    "header, row",
    [
        ("ts,px,qty,sym", "2026-03-06T14:30:00.5Z,1.50,2,A"),
        ("note;TS; Px ;qty;sym", "x;2026-03-06 14:30:00.500000Z;1.50;2;A"),
        ("ts\tpx\tqty\tsym", "2026-03-06T15:30:00,5+01:00\t1.50\t2\tA"),
        ("sym|qty|px|ts", "A|2|1.50|1772807400.5"),
        ("ts,px,qty,sym", "1772807400500,1.50,2,A"),
        ("ts,px,qty,sym", "1772807400500000,1.50,2,A"),
        ("ts,px,qty,sym", "1772807400500000000,1.50,2,A"),
    ],
)
def test_columns_are_found_by_name_whatever_the_delimiter_and_the_unit(header, row):
    made, bad = columns(f"{header}\n{row}\n")
    expected = mine("14:30:00.500000", "1.50", "2", "1.5x2#0")
    if row.startswith("1772807400500000000"):
        expected["event_time"] = "2026-03-06T14:30:00.500000000Z"
    assert (made, bad) == ([expected], [])


def test_nanoseconds_are_kept_and_cut_off_below():
    made, _ = columns("ts,px,qty,sym\n2026-03-06T14:30:00.1234567899Z,1,2,A\n")
    assert made[0]["event_time"] == "2026-03-06T14:30:00.123456789Z"


def test_columns_of_a_file_without_a_header_are_numbers():
    names = {"time": "1", "price": "3", "size": "2"}
    made, bad = columns("1772807400,2,1.50\n1772807400,2,1.50\n", names, symbol="A")
    assert made == [
        mine("14:30:00.000000", "1.50", "2", "1.5x2#0"),
        mine("14:30:00.000000", "1.50", "2", "1.5x2#1", seq=1),
    ]
    assert bad == []


def test_dates_and_times_can_be_two_columns_of_a_zone():
    names = {"date": "d", "time": "t", "price": "p"}
    made, bad = columns(
        "d,t,p\n2026-03-06,09:30:00.5,1\n2026-03-09,09:30:00,2\n", names,
        symbol="A", time_zone=NEW_YORK,
    )  # fmt: skip
    assert [one["event_time"] for one in made] == [
        "2026-03-06T14:30:00.500000Z",
        "2026-03-09T13:30:00.000000Z",  # summer time since the 8th
    ]
    assert bad == []


def test_a_local_time_that_the_clocks_skip_or_show_twice_is_wrong():
    names = {"time": "t", "price": "p"}
    made, bad = columns(
        "t,p\n2026-03-08 02:30:00,1\n2026-03-08 03:00:00,1\n2026-11-01 01:30:00,1\n", names,
        symbol="A", time_zone=NEW_YORK,
    )  # fmt: skip
    assert [one["event_time"] for one in made] == ["2026-03-08T07:00:00.000000Z"]
    assert bad == [
        "2: time '2026-03-08T02:30:00' does not exist in America/New_York: its clocks skip it",
        "4: time '2026-11-01T01:30:00' is there twice in America/New_York: its clocks go back",
    ]


def test_a_time_without_a_zone_needs_one():
    with pytest.raises(UsageError, match=r"mine\.csv: time '2026-03-06 14:30:00' names no zone"):
        columns("ts,px,qty,sym\n2026-03-06 14:30:00,1,2,A\n")


def test_a_unit_that_is_stated_is_not_told_by_the_digits():
    made, bad = columns("ts,px,qty,sym\n1772807400500,1,2,A\n1772807400,1,2,A\n", time_unit="ms")
    assert [one["event_time"] for one in made] == ["2026-03-06T14:30:00.500000Z"]
    assert bad == ["3: time is 1970-01-21T12:26:47Z, before 2000 or after 2070"]


def test_quotes_are_made_of_bids_and_asks():
    names = {"time": "t", "bid": "b", "ask": "a", "bid_size": "bs", "ask_size": "as", "id": "n"}
    made, bad = columns(
        "t,b,a,bs,as,n\n1772807400,1.1,1.2,100,,7\n1772807400,,1.2,,5,x\n1772807400,,,1,1,y\n",
        names, symbol="A",
    )  # fmt: skip
    head = {"v": 1, "kind": "quote", "source": "me", "symbol": "A",
            "event_time": "2026-03-06T14:30:00.000000Z", "flags": ["backfill"]}  # fmt: skip
    assert made == [
        {**head, "bid": "1.1", "ask": "1.2", "bid_size": "100", "dedupe_id": "7"},
        {**head, "ask": "1.2", "ask_size": "5", "seq": 0, "dedupe_id": "x"},
    ]
    assert bad == ["4: bid and ask are missing"]


def test_ids_sides_and_exchanges_are_taken_as_they_are():
    names = {**TRADES, "id": "i", "side": "s", "exchange": "x"}
    made, bad = columns('ts,px,qty,sym,i,s,x\n1772807400,1,2,A,"a""1",SELL,V\n', names)
    assert made == [mine("14:30:00.000000", "1", "2", 'a"1', side="sell", exchange="V")]
    assert bad == []


@pytest.mark.parametrize(
    "row, reason",
    [
        ("2026-03-06T14:30:00Z,1,5,2,A", "5 values for 4 columns"),
        ("2026-03-06T14:30:00Z,,2,A", "price is missing"),
        ("03/06/2026 14:30:00,1,2,A", "time is '03/06/2026 14:30:00', not like"
                                      " 2026-02-27T12:05:00.123Z"),
        ("2026-02-30T14:30:00Z,1,2,A", "day is out of range for month"),
        ("2026-03-06T14:30:00Z,1,2,", "symbol is ''"),
        ("20260306,1,2,A", "time is 1970-08-23T11:51:46Z, before 2000 or after 2070"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(row, reason):
    good = "2026-03-06T14:30:00Z,1,2,A\n"
    made, bad = columns(f"ts,px,qty,sym\n{good}{row}\n{good}")
    assert [one["dedupe_id"] for one in made] == ["1x2#0", "1x2#1"]
    assert bad == [f"3: {reason}"]


@pytest.mark.parametrize(
    "names, options, why",
    [
        ({**TRADES, "volume": "v"}, {}, "--columns has no field 'volume'; known are ask, "),
        ({"price": "px", "symbol": "sym"}, {}, "--columns has no time"),
        ({"time": "ts", "symbol": "sym"}, {}, "--columns has no price"),
        (TRADES, {"source": None}, "--columns needs --source"),
        (TRADES, {"symbol": "A"}, "--symbol cannot be given if --columns has a symbol"),
        ({"time": "ts", "price": "px"}, {}, "no symbol in --columns: name it with --symbol"),
        ({**TRADES, "bid": "qty"}, {}, "a price and a bid or ask: say which with --kind"),
        ({**TRADES, "price": "prix"}, {}, r"mine\.csv: no column 'prix' in its first line"),
        ({**TRADES, "price": "9"}, {}, r"mine\.csv: no column '9' in its first line"),
    ],
)
def test_options_that_make_no_event_are_refused(names, options, why):
    with pytest.raises(UsageError, match=why):
        columns("ts,px,qty,sym\n1772807400,1,2,A\n", names, **options)
