"""Fields of messages: numbers, ids, names, sides and conditions in every accepted spelling."""

import json
from decimal import Decimal

import pytest

from ingest.formats.events import Reject
from tests.ingest import made
from tests.ingest.formats import samples
from tests.ingest.formats.rejected import assert_rejected


def legacy(**texts):
    """Returns a legacy message with fields as JSON text."""
    fields = {"symbol": '"A"', "timestamp": "1772193900", "price": "1", "volume": "1"} | texts
    return ("{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}").encode()


def native(**changes):
    """Returns a usual trade with some fields changed, as one list of events."""
    return made.decoded(made.trade(**changes))


@pytest.mark.parametrize(
    "text, digits",
    [
        ("0.10", "0.10"),
        ('"0.10"', "0.10"),
        ("1e-8", "0.00000001"),
        ('"1E-8"', "0.00000001"),
        ("1e3", "1000"),
        ("123456789.123456789", "123456789.123456789"),
        ('"0.123456789012345678"', "0.123456789012345678"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("9007199254740993", "9007199254740993"),
        ('".5"', "0.5"),
        ('"5."', "5"),
        ('"+5"', "5"),
        ("1.2345678901234567e-11", "0.000000000012345678901234567"),
        ("0.1000000000000000055511151231257827021181583404541015625",) * 2,
        ("1234567890123456789012", "1234567890123456789012"),
        ('"1234567890123456789012"', "1234567890123456789012"),
        ("9" * 40, "9" * 40),
        (f'"{"9" * 40}.{"9" * 120}"', f"{'9' * 40}.{'9' * 120}"),
        ("1e-120", f"0.{'0' * 119}1"),
    ],
)
def test_numbers_stay_exactly_as_they_are_written(text, digits):
    [trade] = made.decoded(legacy(price=text, volume=text))
    assert format(trade.price, "f") == digits
    assert format(trade.size, "f") == digits


REJECTED_NUMBERS = {
    "Infinity-as-text": ('"Infinity"', "number out of range"),
    "minus-infinity-as-text": ('"-inf"', "number out of range"),
    "Infinity": ("Infinity", "number out of range"),
    "1e400": ("1e400", "number out of range"),
    "1e400-as-text": ('"1e400"', "number out of range"),
    "1e40": ("1e40", "number out of range"),
    "an-int-of-50-digits": ("1" * 50, "number out of range"),
    "an-int-of-4000-digits": ("1" * 4000, "number out of range"),
    "121-decimals": ("1e-121", "number out of range"),
    "121-decimals-as-text": (f'"0.{"0" * 120}1"', "number out of range"),
    "true": ("true", "wrong type"),
    "list": ("[1]", "wrong type"),
    "object": ('{"a":1}', "wrong type"),
    "word": ('"abc"', "bad number"),
    "blank-before": ('" 1"', "bad number"),
    "blank-behind": ('"1 "', "bad number"),
    "comma": ('"1,234.50"', "bad number"),
    "underscore": ('"1_000"', "bad number"),
    "two-points": ('"1..2"', "bad number"),
    "arabic-digits": ('"\u0661"', "bad number"),
    "null-of-copy": ('"\\\\N"', "bad number"),
    "hexadecimal": ('"0x10"', "bad number"),
    "zero-character": ('"1\\u0000"', "bad number"),
}


@pytest.mark.parametrize("field", ["price", "volume"])
@pytest.mark.parametrize("text, reason", REJECTED_NUMBERS.values(), ids=list(REJECTED_NUMBERS))
def test_a_number_that_cannot_be_stored_is_rejected(field, text, reason):
    found = made.decoded(legacy(**{field: text}))
    assert isinstance(found, Reject)
    assert found.reason == reason
    assert found.detail.startswith(field)


@pytest.mark.parametrize("text", ['""', '"nan"', '"NaN"', "NaN", "null", '"null"', '" "'])
def test_a_size_that_is_a_hole_is_missing(text):
    [trade] = made.decoded(legacy(volume=text))
    assert trade.size is None


@pytest.mark.parametrize(
    "text, reason",
    [
        ('""', "no price"),
        ("null", "no price"),
        ("NaN", "number out of range"),
        ('"nan"', "number out of range"),
    ],
)
def test_a_price_that_is_a_hole_is_rejected(text, reason):
    assert made.decoded(legacy(price=text)).reason == reason


def test_a_size_below_zero_is_rejected_with_what_to_do():
    found = made.decoded(legacy(volume='"-0.25"'))
    assert found == Reject("bad volume", "volume is '-0.25', below zero: a sale has the side sell")


@pytest.mark.parametrize("seq", [77001, "77001", Decimal("77001.0"), "77001.0", "7.7001e4"])
def test_a_whole_number_is_read_in_every_spelling(seq):
    text = str(seq) if isinstance(seq, Decimal) else json.dumps(seq)
    value = made.trade(seq=0).replace(b'"seq":0', f'"seq":{text}'.encode())
    [trade] = made.decoded(value)
    assert trade.seq == 77001


@pytest.mark.parametrize(
    "seq, reason",
    [
        ("x", "wrong type"),
        (" 5", "wrong type"),
        (5.5, "wrong type"),
        (False, "wrong type"),
        ([1], "wrong type"),
        ("nan", "wrong type"),
        ("1e999999", "wrong type"),
        (-1, "bad seq"),
        (2**63, "bad seq"),
        (18446744073709551615, "bad seq"),
    ],
)
def test_a_sequence_that_cannot_be_stored_is_rejected(seq, reason):
    assert native(seq=seq).reason == reason


@pytest.mark.parametrize("tick_id", [77001, "77001", 77001.0])
def test_an_id_is_the_same_as_number_and_as_text(tick_id):
    [trade] = native(dedupe_id=None, trade_id=tick_id)
    assert trade.tick_id == "77001"


def test_a_text_stays_as_it_is():
    assert [native(dedupe_id=one)[0].tick_id for one in ("77001.0", "007", " 7 ")] == [
        "77001.0",
        "007",
        " 7 ",
    ]


def test_an_id_of_any_length_is_an_id():
    short, longs = "x" * 1000, ["x" * 1001, "y" * 1001, "é" * 501, "x" * 900_000]
    assert native(dedupe_id=short)[0].tick_id == short
    stored = [native(dedupe_id=one)[0].tick_id for one in longs]
    assert len(set(stored)) == 4
    assert all(one.startswith("blake2b:") and len(one) == 72 for one in stored)
    assert native(dedupe_id=longs[0])[0].tick_id == stored[0]


def test_an_id_is_measured_with_its_exchange():
    trades = [
        native(source="alpaca", exchange="V", dedupe_id="x" * length)[0] for length in (998, 999)
    ]
    assert trades[0].tick_id == f"V:{'x' * 998}"
    assert trades[1].tick_id.startswith("blake2b:")


@pytest.mark.parametrize(
    "number", ["1e99999999999999999999", "-1E+99999999999999999999", "1" * 5000]
)
def test_an_enormous_number_matters_only_where_it_is_read(number):
    assert made.decoded(legacy(comment=number)) == made.decoded(legacy())
    assert made.decoded(legacy(price=number)).reason == "number out of range"
    assert made.decoded(legacy(timestamp=number)).reason == "bad time"
    assert made.decoded(legacy(price=number)[:-1]).reason == "not JSON"


@pytest.mark.parametrize(
    "symbol",
    ["BRK.B", "BRK/B", "BRK B", "brk.b", r"\N", "NULL", "NaN", "A\\tB", "a'b\"c", "台積電", "é",
     "e\u0301", "😀", "A,B", "A+B&C=D#E%41", "^GSPC", "..", "/", "x" * 128, "7" * 77],
)  # fmt: skip
def test_every_printable_symbol_is_stored_as_it_stands(symbol):
    assert native(symbol=symbol)[0].symbol == symbol
    assert native(symbol=f"  {symbol} ")[0].symbol == symbol


@pytest.mark.parametrize(
    "symbol, reason, detail",
    [
        ("x" * 129, "bad symbol", "of more than 128 characters"),
        ("A\x00", "bad symbol", "characters not to be printed"),
        ("A\u00a0B", "bad symbol", "characters not to be printed"),
        ("A\u200bB", "bad symbol", "characters not to be printed"),
        ("A\nB", "bad symbol", "characters not to be printed"),
        ("", "no symbol", "symbol is empty"),
        ("  ", "no symbol", "symbol is empty"),
        (7203, "bad symbol", 'symbol is 7203, a number: send it as a text, "7203"'),
        (700.5, "bad symbol", "symbol is 700.5, a number"),
        (True, "wrong type", "symbol is True, not a string"),
        (["A"], "wrong type", "symbol is ['A'], not a string"),
    ],
)
def test_another_symbol_is_rejected_with_the_reason(symbol, reason, detail):
    assert_rejected(made.trade(symbol=symbol), reason, detail)


def test_a_source_is_stored_in_lower_case():
    assert native(source=" Kraken ")[0].source == "kraken"
    assert native(source="x" * 64)[0].source == "x" * 64
    assert_rejected(made.trade(source="x" * 65), "bad source", "64 characters")


def test_a_source_is_measured_as_it_is_stored():
    # In lower case this letter is two characters.
    assert native(source="\u0130" * 32)[0].source == "i\u0307" * 32
    assert_rejected(made.trade(source="\u0130" * 33), "bad source", "64 characters")
    assert_rejected(made.trade(dedupe_id=None, source="\u0130" * 33), "bad source")


@pytest.mark.parametrize(
    "venue, message",
    [
        ("BINANCE:", samples.BINANCE_TRADE),
        ("KRAKEN:", samples.KRAKEN_TRADES),
        ("ALPACA:", samples.ALPACA_COIN),
        ("BYBIT:", samples.BYBIT_TRADES),
        ("COINBASE:", samples.COINBASE_TRADES),
        ("OKX:", samples.OKX_TRADES),
    ],
)
def test_a_symbol_is_measured_with_its_venue(venue, message):
    [known] = {key for key in ("BTCUSDT", "XBT/USD", "BTC/USD", "BTC-USD", "BTC-USDT")
               if f'"{key}"' in json.dumps(message)}  # fmt: skip
    for length in (128, 129):
        long = known + "X" * (length - len(venue) - len(known))
        value = json.dumps(message).replace(f'"{known}"', f'"{long}"').encode()
        if length == 129:
            assert_rejected(value, f"bad {symbol_key(message)}", "characters")
        else:
            assert len(made.decoded(value)[0].symbol) == 128


def symbol_key(message):
    """Returns the key under which a message has its symbol."""
    text = json.dumps(message)
    keys = ("symbol", "S", "s", "product_id", "instId")
    return next(key for key in keys if f'"{key}": "BTC' in text or f'"{key}": "XBT' in text)


def test_a_currency_that_is_renamed_is_measured_by_its_new_name():
    [item] = samples.KRAKEN_TRADES["data"]
    for length, is_read in ((127, True), (128, False)):
        symbol = "XDG/" + "X" * (length - len("KRAKEN:XDG/"))
        value = json.dumps(samples.KRAKEN_TRADES | {"data": [item | {"symbol": symbol}]}).encode()
        assert isinstance(made.decoded(value), list) is is_read


@pytest.mark.parametrize(
    "side, known",
    [("buy", "buy"), ("SELL", "sell"), ("Buy", "buy"), ("B", "buy"), ("s", "sell"), ("", None)],
)
def test_a_side_is_buy_or_sell(side, known):
    assert native(side=side)[0].side == known


@pytest.mark.parametrize("side", ["bid", 1, True, ["buy"]])
def test_another_side_is_rejected(side):
    assert native(side=side).reason == "bad side"


@pytest.mark.parametrize(
    "value, conditions",
    [
        (["@", " ", "I"], ("@", " ", "I")),
        ([12, 37], ("12", "37")),
        ("0x2000", ("0x2000",)),
        ([], ()),
        ([""], ("",)),
    ],
)
def test_conditions_are_kept_as_they_are(value, conditions):
    assert native(conditions=value)[0].conditions == conditions


@pytest.mark.parametrize(
    "value, reason",
    [
        ([None], "wrong type"),
        ([True], "wrong type"),
        ({"a": 1}, "wrong type"),
        (["x" * 65], "bad conditions"),
        (["\n"], "bad conditions"),
        (["@"] * 65, "bad conditions"),
    ],
)
def test_other_conditions_are_rejected(value, reason):
    assert native(conditions=value).reason == reason


@pytest.mark.parametrize("key", ["exchange", "tape"])
def test_exchange_and_tape_are_short_texts(key):
    assert getattr(native(**{key: 4})[0], key) == "4"
    assert getattr(native(**{key: ""})[0], key) is None
    assert native(**{key: "x" * 65}).reason == f"bad {key}"
    assert native(**{key: ["V"]}).reason == "wrong type"


def test_of_a_key_that_comes_twice_the_last_counts():
    [trade] = made.decoded(legacy()[:-1] + b',"price":9.5}')
    assert trade.price == Decimal("9.5")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2500-01-01", 0])
def test_a_time_that_no_event_has_is_out_of_range(time):
    assert_rejected(made.trade(event_time=time), "time out of range", "before 2000 or after 2070")
