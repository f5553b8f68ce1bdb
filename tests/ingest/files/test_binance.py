"""Files of Binance: the trades of hand-made ones, and each trap of the layout."""

from datetime import UTC, datetime

import pytest

from db.errors import UsageError
from ingest.formats.bar_rules import Rules
from ingest.formats.catalog import Catalog
from ingest.formats.message import decode_message
from tests.ingest.files.rows import read, trade

SPOT = "BTCUSDT-trades-2025-01.csv"
PAIR = "BINANCE:BTCUSDT"

# 2024-12-31T23:59:59.999Z in ms, then 2025-01-01T00:00:00.000001Z and .123456Z in us.
TRADES = """\
4359167191,93576.00000000,0.00500000,467.88000000,1735689599999,True,True
4359167192,93576.00000000,0.00500000,467.88000000,1735689600000001,False,True
4359167193,93548.80000000,0.10000000,9354.88000000,1735689600123456,True,True
"""


def test_trades_of_a_pair_have_the_ids_and_the_times_of_the_stream():
    assert read(SPOT, TRADES, "binance") == (
        [
            trade(PAIR, "binance", "2024-12-31T23:59:59.999000Z", "93576.00000000", "0.00500000",
                  "sell", "4359167191"),
            trade(PAIR, "binance", "2025-01-01T00:00:00.000001Z", "93576.00000000", "0.00500000",
                  "buy", "4359167192"),
            trade(PAIR, "binance", "2025-01-01T00:00:00.123456Z", "93548.80000000", "0.10000000",
                  "sell", "4359167193"),
        ],
        [],
    )  # fmt: skip


def test_a_trade_of_a_file_and_of_the_stream_are_one_event():
    frame = (
        b'{"e":"trade","E":1735689600130,"s":"BTCUSDT","t":4359167193,"p":"93548.80000000",'
        b'"q":"0.10000000","T":1735689600123,"m":true,"M":true}'
    )
    catalog = Catalog(0, {}, Rules({}))
    [live] = decode_message(frame, None, catalog)
    [of_file], _ = read(SPOT, TRADES.splitlines()[2], "binance")
    assert (live.symbol, live.source, live.tick_id, live.side) == (
        of_file["symbol"], of_file["source"], of_file["dedupe_id"], of_file["side"],
    )  # fmt: skip
    assert str(live.price) == of_file["price"]
    moment = datetime.fromisoformat(of_file["event_time"]) - datetime(2000, 1, 1, tzinfo=UTC)
    # The stream's milliseconds are the file's microseconds, cut off: what the loader makes one.
    assert live.us == int(moment.total_seconds() * 1000) * 1000


@pytest.mark.parametrize(
    "name, header, symbol",
    [
        ("BTCUSDT-trades-2026-01-02.csv", "id,price,qty,quote_qty,time,is_buyer_maker",
         f"{PAIR}.P"),
        ("BTCUSDT-trades-2026-01-02.csv", "", f"{PAIR}.P"),
        ("BTCUSD_PERP-trades-2026-01.csv", "id,price,qty,base_qty,time,is_buyer_maker",
         "BINANCE:BTCUSD_PERP"),
        ("BTCUSDT_260327-trades-2026-01.csv", "", "BINANCE:BTCUSDT_260327"),
    ],
    ids=["perpetual", "perpetual-without-header", "coin-margined", "delivery"],
)  # fmt: skip
def test_futures_have_a_symbol_of_their_own(name, header, symbol):
    row = "6,64012.1,0.005,320.06,1767225600123,true"
    layout = None if header else "binance"
    assert read(name, f"{header}\n{row}\n", layout) == (
        [trade(symbol, "binance", "2026-01-01T00:00:00.123000Z", "64012.1", "0.005", "sell", "6")],
        [],
    )


@pytest.mark.parametrize(
    "row, header, symbol",
    [
        ("26129,0.01633102,4.70443515,27781,27782,1735689600123456,false,true", "", PAIR),
        ("26129,0.01633102,4.70443515,27781,27782,1735689600123456,false", "", f"{PAIR}.P"),
        (
            "26129,0.01633102,4.70443515,27781,27782,1735689600123456,false",
            "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker",
            f"{PAIR}.P",
        ),
    ],
    ids=["pair", "future", "future-with-header"],
)
def test_aggregate_trades_are_a_source_of_their_own(row, header, symbol):
    layout = None if header else "binance_agg"
    assert read("BTCUSDT-aggTrades-2025-01-01.csv", f"{header}\n{row}", layout) == (
        [trade(symbol, "binance.agg", "2025-01-01T00:00:00.123456Z", "0.01633102", "4.70443515",
               "buy", "26129")],
        [],
    )  # fmt: skip


@pytest.mark.parametrize(
    "row, reason",
    [
        ("1,2,3,6,1735689600000000,True", "6 values for 7 columns"),
        ("1,2,3,6,1735689600000000,True,True,9", "8 values for 7 columns"),
        ("1.23E+09,2,3,6,1735689600000000,True,True", "id is '1.23E+09', not a number"),
        (",2,3,6,1735689600000000,True,True", "id is '', not a number"),
        ("1,,3,6,1735689600000000,True,True", "price is missing"),
        ("1,NaN,3,6,1735689600000000,True,True", "price is 'NaN', not a number"),
        ('1,"64,012.10",3,6,1735689600000000,True,True', "price is '64,012.10', not a number"),
        ("1,2,-3,6,1735689600000000,True,True", "size is '-3', below zero"),
        ("1,2,3,6,2025-01-01,True,True", "time is '2025-01-01', not Unix time"),
        ("1,2,,6,1735689600000000,True,True", "size is missing"),
        ("1,2,nan,6,1735689600000000,True,True", "size is 'nan'"),
        ("1,2,3,6,,True,True", "time is missing"),
        ("1,2,3,6,20250101,True,True", "time is 1970-08-23T09:01:41Z, before 2000 or after 2070"),
        ("1,2,3,6,1735689600000000,yes,True",
         "is_buyer_maker is 'yes', not one of true, false, True, False"),
        ("1,2,3,6,1735689600000000,Tru", "6 values for 7 columns"),
        ('1,2,3,6,1735689600000000,"True,True', "a quote is not closed, or closes within a value"),
        (b"1,2\xff,3,6,1735689600000000,True,True", "price is '2\\udcff', not a number"),
        ("1,\uff12,3,6,1735689600000000,True,True", "price is '\uff12', not a number"),
        ("1,2,3,6,\uff11735689600,True,True", "time is '\uff11735689600', not Unix time"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_its_neighbours_are_read(row, reason):
    first, second, third = TRADES.encode().splitlines()
    wrong = row if isinstance(row, bytes) else row.encode()
    made, bad = read(SPOT, b"\n".join([first, second, wrong, b"", third]), "binance")
    assert [message["dedupe_id"] for message in made] == ["4359167191", "4359167192", "4359167193"]
    assert bad == [f"3: {reason}"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_lines_may_end_in_any_way_and_a_header_may_come_again(ending):
    rows = [
        "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch", TRADES.splitlines()[0], "",
        "id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch", TRADES.splitlines()[1], "",
    ]  # fmt: skip
    made, bad = read(SPOT, ending.join(rows))
    assert [message["dedupe_id"] for message in made] == ["4359167191", "4359167192"]
    assert bad == []


@pytest.mark.parametrize(
    "price, plain",
    [
        ("1e-8", "0.00000001"), ("6.4E4", "64000"), ("+1.5", "1.5"), (".5", "0.5"), ("5.", "5"),
        ("0.10", "0.10"), ("123456789012345678901234567890.1", "123456789012345678901234567890.1"),
    ],
)  # fmt: skip
def test_prices_are_exact_and_plain(price, plain):
    made, _ = read(SPOT, f"1,{price},3,6,1735689600000000,True,True", "binance")
    assert made[0]["price"] == plain


def test_the_symbol_and_the_source_can_be_given():
    row = TRADES.splitlines()[0]
    [made], _ = read("trades.csv", row, "binance", symbol="ETHUSDT", source="mine")
    assert (made["symbol"], made["source"]) == ("BINANCE:ETHUSDT", "mine")
    [made], _ = read("trades.csv", row, "binance", symbol="MINE:ETH")
    assert made["symbol"] == "MINE:ETH"


def test_a_file_that_does_not_say_its_symbol_is_refused():
    with pytest.raises(UsageError, match=r"trades\.csv: no symbol in its rows nor in its name"):
        read("trades.csv", TRADES, "binance")


def test_files_of_another_layout_are_refused_or_wrong():
    with pytest.raises(UsageError, match="is the header of no known layout: '4359167191"):
        read(SPOT, TRADES)
    with pytest.raises(UsageError, match="its first line is not of the layout binance: '1,2,3'"):
        read(SPOT, "1,2,3", "binance")
    aggregates = "26129,0.01633102,4.70443515,27781,27782,1735689600123456,false"
    made, bad = read("BTCUSDT-aggTrades-2025-01.csv", aggregates, "binance")
    assert (made, len(bad)) == ([], 1)
    made, bad = read(SPOT, TRADES, "binance_agg")
    assert (made, len(bad)) == ([], 3)
