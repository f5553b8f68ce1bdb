"""Files of Tardis: many exchanges, some with the ids of our own feeds."""

import pytest

from db.errors import UsageError
from tests.ingest.files.rows import read, trade

HEADER = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
AT, CAME = "2026-01-01T00:00:00.123000Z", "2026-01-01T00:00:00.125678Z"


def test_binances_and_coinbases_trades_are_those_of_the_feed():
    rows = (
        "binance,BTCUSDT,1767225600123000,1767225600125678,4359167193,sell,64012.1,0.0031\n"
        "coinbase,BTC-USD,1767225600123000,1767225600125678,77,unknown,64012.10,0.0031\n"
    )
    assert read("trades.csv", HEADER + rows) == (
        [
            trade("BINANCE:BTCUSDT", "binance", AT, "64012.1", "0.0031", "sell", "4359167193",
                  received_at=CAME),
            trade("COINBASE:BTC-USD", "coinbase", AT, "64012.10", "0.0031", None, "77",
                  received_at=CAME),
        ],
        [],
    )  # fmt: skip


def test_other_exchanges_are_sources_of_their_own():
    rows = (
        "bitmex,XBTUSD,1767225600123000,1767225600125678,45a-1,buy,64012.1,100\n"
        "bitmex,XBTUSD,1767225600123000,1767225600125678,45a-2,buy,64012.2,100\n"
        "kraken,XBT/USD,1767225600123000,1767225600125678,,buy,64012.1,0.0031\n"
        "kraken,XBT/USD,1767225600123000,1767225600125678,,buy,64012.10,0.0031\n"
        "kraken,XBT/USD,1767225600122000,1767225600125679,,buy,64012.1,0.0031\n"
    )
    made, bad = read("trades.csv", HEADER + rows)
    assert bad == []
    assert made[0] == trade(
        "BITMEX:XBTUSD", "tardis.bitmex", AT, "64012.1", "100", "buy", "45a-1",
        received_at=CAME, seq=1767225600125678000,
    )  # fmt: skip
    marks = [(one["source"], one["dedupe_id"], one["seq"]) for one in made[1:]]
    # in order of the times at which they were received, not of the exchange's
    assert marks == [
        ("tardis.bitmex", "45a-2", 1767225600125678001),
        ("tardis.kraken", "1767225600125678:64012.1x0.0031buy#0", 1767225600125678000),
        ("tardis.kraken", "1767225600125678:64012.1x0.0031buy#1", 1767225600125678001),
        ("tardis.kraken", "1767225600125679:64012.1x0.0031buy#0", 1767225600125679000),
    ]


@pytest.mark.parametrize(
    "row, reason",
    [
        (",BTCUSDT,1767225600123000,1767225600125678,1,sell,1,1", "exchange or symbol is missing"),
        ("binance,,1767225600123000,1767225600125678,1,sell,1,1", "exchange or symbol is missing"),
        ("binance,BTCUSDT,1767225600123,1767225600125678,1,sell,1,1",
         "time is 1970-01-21T10:53:45Z, before 2000 or after 2070"),
        ("binance,BTCUSDT,1767225600123000,1767225600125678,1,bid,1,1",
         "side is 'bid', not one of buy, sell, unknown"),
        ("binance,BTCUSDT,1767225600123000,1767225600125678,1,sell,1", "7 values for 8 columns"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(row, reason):
    good = "binance,BTCUSDT,1767225600123000,1767225600125678,4,sell,64012.1,0.0031\n"
    made, bad = read("trades.csv", HEADER + good + row + "\n" + good)
    assert (len(made), bad) == (2, [f"3: {reason}"])


def test_a_symbol_cannot_be_given_for_rows_that_have_one():
    with pytest.raises(UsageError, match="its rows have symbols, so --symbol cannot be given"):
        read("trades.csv", HEADER + "b,B,1,1,1,buy,1,1\n", symbol="B")
