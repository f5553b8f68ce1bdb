"""Files of OKX: fills, joined trades, older files in two languages, and none with a header."""

import pytest

from db.errors import UsageError
from tests.ingest.files.rows import read, trade

HEADER = "instrument_name,trade_id,side,price,size,created_time"
# The file of 2 January of UTC+8 begins at 16:00 of 1 January in UTC.
ROWS = """\
BTC-USDT,720510001,buy,64012.1,0.0031,1767283200000
BTC-USDT-SWAP,720510002,sell,64000,3,1767283200123
"""
FILLS = [
    trade("OKX:BTC-USDT", "okx.all", "2026-01-01T16:00:00.000000Z", "64012.1", "0.0031", "buy",
          "720510001"),
    trade("OKX:BTC-USDT-SWAP", "okx.all", "2026-01-01T16:00:00.123000Z", "64000", "3", "sell",
          "720510002"),
]  # fmt: skip


@pytest.mark.parametrize(
    "data, layout",
    [
        pytest.param(f"{HEADER}\n{ROWS}", None, id="header"),
        pytest.param(f"{HEADER},source\n" + ROWS.replace("\n", ",0\n"), None, id="newer-header"),
        pytest.param(ROWS, "okx", id="no-header"),
        pytest.param(ROWS.replace("buy", "BUY"), "okx", id="capitals"),
    ],
)
def test_fills_are_the_source_of_the_channel_with_each_fill(data, layout):
    assert read("allspot-trades-2026-01-02.csv", data, layout) == (FILLS, [])


def test_joined_trades_are_the_source_of_the_channel_that_joins_them():
    made, _ = read("BTC-USDT-aggtrades-2026-01-02.csv", f"{HEADER}\n{ROWS}")
    assert [one["source"] for one in made] == ["okx", "okx"]


def test_an_older_file_in_two_languages_has_its_instrument_in_its_name():
    header = "trade_id/撮合id,side/交易方向,size/数量,price/价格,created_time/成交时间"
    data = f"{header}\n720510001,BUY,0.0031,64012.1,1767283200000\n".encode("gb2312")
    assert read("BTC-USDT-trades-2026-01-02.csv", data) == (FILLS[:1], [])
    with pytest.raises(UsageError, match="no symbol in its rows nor in its name"):
        read("allspot-trades-2026-01-02.csv", data)


@pytest.mark.parametrize(
    "row, reason",
    [
        ("BTC-USDT,x,buy,1,1,1767283200000", "trade_id is 'x', not a number"),
        (",1,buy,1,1,1767283200000", "symbol is ''"),
        ("BTC-USDT,1,bid,1,1,1767283200000", "side is 'bid', not one of buy, sell, BUY, SELL"),
        ("BTC-USDT,1,buy,1,,1767283200000", "size is missing"),
        ("BTC-USDT,1,buy,1,1,2026-01-01 16:00:00",
         "time is '2026-01-01 16:00:00', not Unix time"),
        ("BTC-USDT,1,buy,1,1", "5 values for 6 columns"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(row, reason):
    assert read("trades.csv", f"{HEADER}\n{row}\n{ROWS}") == (FILLS, [f"2: {reason}"])
