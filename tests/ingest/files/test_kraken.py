"""Files of Kraken's history: trades without ids, at whole seconds."""

import pytest

from db.errors import UsageError
from tests.ingest.files.rows import read, trade

PAIR, SOURCE = "KRAKEN:BTC/USD", "kraken.history"
ROWS = """\
1381095255,122.0,0.1
1381095255,122.0,0.1
1381095255,123.61,0.10
1381095256,122.0,0.1
"""


def kraken(time, price, size, tick_id, seq):
    return trade(
        PAIR, SOURCE, f"2013-10-06T21:34:{time}.000000Z", price, size, None, tick_id, seq=seq
    )


def test_equal_rows_of_one_second_are_trades_of_their_own_in_their_order():
    assert read("XBTUSD.csv", ROWS, "kraken") == (
        [
            kraken(15, "122.0", "0.1", "122x0.1#0", 0),
            kraken(15, "122.0", "0.1", "122x0.1#1", 1),
            kraken(15, "123.61", "0.10", "123.61x0.1#0", 2),
            kraken(16, "122.0", "0.1", "122x0.1#0", 0),
        ],
        [],
    )


def test_the_same_trades_in_another_file_have_the_same_ids():
    ids = [
        [message["dedupe_id"] for message in read(name, rows, "kraken")[0]]
        for name, rows in (
            ("XBTUSD.csv", ROWS),
            ("Kraken_Q4/XBTUSD.csv", f"timestamp,price,amount\n{ROWS}".replace("122.0", "122.00")),
        )
    ]
    assert ids[0] == ids[1]


def test_a_row_that_is_not_in_order_of_time_is_wrong_and_the_others_are_counted_on():
    made, bad = read("XBTUSD.csv", ROWS + "1381095255,1,1\n1381095256,122.0,0.1\n", "kraken")
    assert [message["dedupe_id"] for message in made[3:]] == ["122x0.1#0", "122x0.1#1"]
    assert bad == [
        "5: time goes back to 2013-10-06T21:34:15.000000Z from 2013-10-06T21:34:16.000000Z:"
        " a file without ids has to be in order of time"
    ]


def test_fractions_of_seconds_are_kept():
    [made], _ = read("XBTUSD.csv", "1381095255.0299,1,1", "kraken")
    assert made["event_time"] == "2013-10-06T21:34:15.029900Z"


@pytest.mark.parametrize(
    "name, symbol",
    [
        ("XBTUSD.csv", "KRAKEN:BTC/USD"),
        ("ETHXBT.csv", "KRAKEN:ETH/BTC"),
        ("XDGUSDT.csv", "KRAKEN:DOGE/USDT"),
        ("1INCHEUR.csv", "KRAKEN:1INCH/EUR"),
        ("USDTUSD.csv", "KRAKEN:USDT/USD"),
        ("EURUSD.csv", "KRAKEN:EUR/USD"),
    ],
)
def test_a_pair_is_spelt_as_in_the_feed(name, symbol):
    [made], _ = read(name, "1381095255,122.0,0.1", "kraken")
    assert made["symbol"] == symbol


def test_a_pair_that_cannot_be_taken_apart_needs_a_symbol():
    with pytest.raises(UsageError, match=r"ABCXYZ\.csv: ABCXYZ cannot be taken apart"):
        read("ABCXYZ.csv", "1381095255,122.0,0.1", "kraken")
    [made], _ = read("ABCXYZ.csv", "1381095255,122.0,0.1", "kraken", symbol="XBT/XYZ")
    assert made["symbol"] == "KRAKEN:BTC/XYZ"


@pytest.mark.parametrize(
    "row, reason",
    [
        ("1381095256,122.0", "2 values for 3 columns"),
        ("1381095256,122.0,", "size is missing"),
        ("06.10.2013,122.0,0.1", "time is '06.10.2013', not Unix time"),
        ("1381095256,-,0.1", "price is '-', not a number"),
        ("-1381095256,1,0.1", "time is '-1381095256', not Unix time"),
    ],
)
def test_a_wrong_row_is_named(row, reason):
    made, bad = read("XBTUSD.csv", f"1381095255,122.0,0.1\n{row}\n", "kraken")
    assert (len(made), bad) == (1, [f"2: {reason}"])
