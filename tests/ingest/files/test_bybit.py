"""Files of Bybit: derivatives with the ids of the streams, and spot pairs without."""

import pytest

from tests.ingest.files.rows import read, trade

HEADER = (
    "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,"
    "foreignNotional"
)
ONE, TWO = "0f2b7a4e-4a2f-5d3a-a0b1-5c7d1f4e9a01", "0f2b7a4e-4a2f-5d3a-a0b1-5c7d1f4e9a02"
PERPETUAL = "BYBIT:BTCUSDT.P"
# Both at 2026-01-01T00:00:00.1234Z, then one second later.
ROWS = (
    f"1767225600.1234,BTCUSDT,Buy,0.003,64012.1,PlusTick,{ONE},1.9e+10,0.003,192.0363\n"
    f"1767225600.1234,BTCUSDT,Sell,1.5e-3,64012,MinusTick,{TWO},9.6e+09,0.0015,96.018\n"
    f"1767225601,BTCUSDH26,Buy,100,64500.0,PlusTick,{ONE},1e+06,0.0015,100\n"
)


def test_trades_of_derivatives_have_the_ids_of_the_stream_and_the_order_of_the_file():
    assert read("BTCUSDT2026-01-01.csv", f"{HEADER}\n{ROWS}") == (
        [
            trade(PERPETUAL, "bybit", "2026-01-01T00:00:00.123400Z", "64012.1", "0.003", "buy",
                  ONE, seq=0),
            trade(PERPETUAL, "bybit", "2026-01-01T00:00:00.123400Z", "64012", "0.0015", "sell",
                  TWO, seq=1),
            trade("BYBIT:BTCUSDH26", "bybit", "2026-01-01T00:00:01.000000Z", "64500.0", "100",
                  "buy", ONE, seq=0),
        ],
        [],
    )  # fmt: skip


def test_rows_of_one_moment_are_turned_round_if_the_file_begins_with_the_newest():
    backwards = "".join(reversed(ROWS.splitlines(keepends=True)))
    made, bad = read("BTCUSDT2026-01-01.csv", f"{HEADER},RPI\n{backwards}".replace("\n", ",0\n", 4)
                     .replace("RPI,0", "RPI"))  # fmt: skip
    assert bad == []
    in_order = sorted(made, key=lambda one: (one["event_time"], one["seq"]))
    assert [one["dedupe_id"] for one in in_order] == [ONE, TWO, ONE]


@pytest.mark.parametrize(
    "name, symbol",
    [
        ("BTCUSDT", "BYBIT:BTCUSDT.P"),
        ("BTCUSD", "BYBIT:BTCUSD.P"),
        ("BTCPERP", "BYBIT:BTCPERP"),
        ("BTCUSDH24", "BYBIT:BTCUSDH24"),
        ("BTC-29MAR24", "BYBIT:BTC-29MAR24"),
    ],
)
def test_perpetuals_named_like_a_pair_have_a_symbol_of_their_own(name, symbol):
    row = f"1767225600,{name},Buy,0.003,64012.1,PlusTick,{ONE},1,1,1"
    assert read("x.csv", f"{HEADER}\n{row}")[0][0]["symbol"] == symbol


@pytest.mark.parametrize(
    "cells, reason",
    [
        ({6: ""}, "trdMatchID is missing"),
        ({2: "None"}, "side is 'None', not one of Buy, Sell, buy, sell"),
        ({0: "1767225600123"}, "time is '1767225600123', in another unit or out of range"),
        ({0: "2026-01-01"}, "time is '2026-01-01', not Unix time"),
        ({4: ""}, "price is missing"),
        ({1: " "}, "symbol is ' '"),
    ],
)
def test_a_wrong_row_is_named(cells, reason):
    row = ROWS.splitlines()[0].split(",")
    for at, cell in cells.items():
        row[at] = cell
    made, bad = read("x.csv", f"{HEADER}\n{','.join(row)}\n{ROWS}")
    assert (len(made), bad) == (3, [f"2: {reason}"])


SPOT_ROWS = """\
1,1767225600123,64012.10,0.0031,buy
2,1767225600123,64012.10,0.0031,buy
3,1767225600124,64012.2,0.001,sell
"""


def spot(time, price, size, side, tick_id, seq):
    moment = f"2026-01-01T00:00:00.{time}000Z"
    return trade("BYBIT:BTCUSDT", "bybit.history", moment, price, size, side, tick_id, seq=seq)


def test_trades_of_pairs_are_numbered_by_moment_as_their_ids_begin_anew_in_each_file():
    expected = [
        spot(123, "64012.10", "0.0031", "buy", "64012.1x0.0031buy#0", 0),
        spot(123, "64012.10", "0.0031", "buy", "64012.1x0.0031buy#1", 1),
        spot(124, "64012.2", "0.001", "sell", "64012.2x0.001sell#0", 0),
    ]
    header = "id,timestamp,price,volume,side\n"
    assert read("BTCUSDT_2026-01-01.csv", header + SPOT_ROWS) == (expected, [])
    newer = "id,timestamp,price,volume,side,rpi\n" + SPOT_ROWS.replace("\n", ",0\n")
    of_month = newer.replace("\n1,", "\n900001,").replace("\n2,", "\n900002,")
    assert read("BTCUSDT-2026-01.csv", of_month) == (expected, [])


def test_a_pairs_file_has_to_be_in_order_of_time():
    header = "id,timestamp,price,volume,side\n"
    made, bad = read("BTCUSDT_2026-01-01.csv", header + SPOT_ROWS + "4,1767225600123,1,1,buy\n")
    assert len(made) == 3
    assert bad[0].startswith("5: time goes back to 2026-01-01T00:00:00.123000Z")
