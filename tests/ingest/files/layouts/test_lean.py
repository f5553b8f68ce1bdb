"""LEAN's ticks of US equities as messages."""

import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from db.errors import UsageError
from tests.acceptance import lean
from tests.ingest.files.reading import read

FIXTURES = Path(__file__).parents[4].parent / "shared/fixtures/lean"
NAME = "ibm_tick_20131007_trade.zip/20131007_ibm_tick_trade.csv"
QUOTES = "equity/usa/tick/ibm/20131007_quote.zip/20131007_ibm_Quote_Tick.csv"
HEAD = '{"v":1,"kind":"trade","source":"algoseek","symbol":"IBM","event_time":"2013-10-07T'
END = ',"flags":["backfill"]}'


def test_trades_have_their_price_exchange_and_flags() -> None:
    found = read(
        NAME,
        "14430000,1815200,283,P,2001,0\n"
        "14430000,1815200.5,0,,,1\n"
        "14430000,1815200,283,K,FFFFFFFF,0\n"
        "57600000.1234567,1,100,N,@ T,0\n",
        "lean",
    )
    assert found.wrong == []
    assert [message for _, message in found.messages] == [
        HEAD + '08:00:30.000000Z","price":"181.5200","size":"283","exchange":"P",'
        '"conditions":["0x2001"],"seq":0,"dedupe_id":"1815200/283#0"' + END,
        HEAD + '08:00:30.000000Z","price":"181.52005","size":"0","seq":1,'
        '"dedupe_id":"1815200.5/0#0"' + END,
        HEAD + '08:00:30.000000Z","price":"181.5200","size":"283","exchange":"K",'
        '"conditions":["0xffffffff"],"seq":2,"dedupe_id":"1815200/283#1"' + END,
        HEAD + '20:00:00.000123456Z","price":"0.0001","size":"100","exchange":"N",'
        '"conditions":["@ T"],"seq":0,"dedupe_id":"1/100#0"' + END,
    ]


def test_the_side_that_is_zero_is_that_of_a_row_before() -> None:
    found = read(
        QUOTES,
        "14400000,1800100,200,0,0,P,0,0\n"
        "14400000,0,0,1836300,1900,P,0,0\n"
        "14400001,1813100,100,0,0,K,0,0\n"
        "14400001,0,0,0,0,K,0,0\n",
        "lean",
    )
    head = HEAD.replace("trade", "quote")
    bid = '"bid":"180.0100","bid_size":"200"'
    ask = '"ask":"183.6300","ask_size":"1900"'
    assert found.wrong == []
    assert [message for _, message in found.messages] == [
        head + f'08:00:00.000000Z",{bid},"seq":0,"dedupe_id":"1800100/200/0/0#0"' + END,
        head + f'08:00:00.000000Z",{bid},{ask},"seq":1,"dedupe_id":"0/0/1836300/1900#0"' + END,
        head + f'08:00:00.001000Z","bid":"181.3100","bid_size":"100",{ask},"seq":0,'
        '"dedupe_id":"1813100/100/0/0#0"' + END,
    ]


def test_wrong_rows_are_named() -> None:
    found = read(
        NAME,
        "14430000,1815200,283,P,1,0\n"
        "86400000,1815200,283,P,1,0\n"
        "08:00:30,1815200,283,P,1,0\n"
        "14430000,,283,P,1,0\n"
        "14430000,1815200,-5,P,1,0\n"
        "14429999,1815200,283,P,1,0\n"
        "14430000,1815200,283,P,1\n",
        "lean",
    )
    assert len(found.messages) == 1
    assert found.wrong == [
        "2: time is the second '86400', not one of a day",
        "3: time is '08:00:30', not a millisecond of a day",
        "4: price is missing",
        "5: size is '-5', below zero",
        "6: time goes back to 2013-10-07T08:00:29.999000Z from 2013-10-07T08:00:30.000000Z:"
        " a file without ids has to be in order of time",
        "7: 5 values for 6 columns",
    ]


def test_the_day_and_the_symbol_are_those_of_the_name() -> None:
    row = "14430000,1815200,283,P,1,0\n"
    with pytest.raises(UsageError, match="its name has no day, as 20131007_ibm_tick_trade"):
        read("tick/trades.csv", row, "lean", symbol="IBM")
    with pytest.raises(UsageError, match="is not named like 20131007_ibm_tick_trade"):
        read("tick/ibm/20131007_trade.csv", row, "lean")
    assert read("tick/ibm/20131007_trade.csv", row, "lean", symbol="X").messages[0][0] == "X"
    with pytest.raises(UsageError, match="its rows are trades, not quotes"):
        read(NAME, row, "lean", kind="quote")
    with pytest.raises(UsageError, match="its name has no day"):
        read("20131307_ibm_tick_trade.csv", row, "lean")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ibm_second_20131007_trade.zip/20131007_ibm_second_trade.csv", "are these bars"),
        ("minute/ibm/20131007_trade.zip/20131007_ibm_minute_trade.csv", "are these bars"),
        ("20131007_ibm_trade.csv", "it is not named tick, nor its directory"),
        ("crypto/gdax/tick/20131007_btcusd_tick_trade.csv", "is of crypto: only ticks of US"),
    ],
)
def test_files_of_as_many_columns_with_other_contents_are_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(name, "14430000,1815200,1815200,1815200,1815200,283\n", "lean", symbol="IBM")


def test_bars_in_a_directory_of_ticks_are_wrong_rows() -> None:
    found = read(
        "tick/20131007_ibm_trade.csv",
        "14430000,1815200,1815200,1815200,1815200,283\n",
        "lean",
        symbol="IBM",
    )
    assert found == ([], ["1: suspicious is '283', neither 0 nor 1: are these bars?"])


@pytest.mark.skipif(not FIXTURES.exists(), reason="needs LEAN's files of IBM in shared/fixtures")
def test_a_real_day_is_that_of_an_independent_reader() -> None:
    archive = FIXTURES / "ibm_tick_20131007_trade.zip"
    with zipfile.ZipFile(archive) as packed:
        [name] = packed.namelist()
        found = read(f"{archive}/{name}", packed.read(name).decode(), "lean")
    expected = list(lean.trades(archive))
    assert found.wrong == []
    assert len(found.messages) == len(expected) == 24_293
    identities = set()
    for (_, message), one in zip(found.messages, expected, strict=True):
        fields = msgspec.json.decode(message)
        assert datetime.fromisoformat(fields["event_time"]).astimezone(UTC) == one.ts
        assert Decimal(fields["price"]) == one.price
        assert Decimal(fields["size"]) == one.size
        assert fields.get("exchange", "") == one.exchange
        assert fields["conditions"] == [one.flags]
        identities.add((fields["event_time"], fields["dedupe_id"]))
    assert len(identities) == 24_293
