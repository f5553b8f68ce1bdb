"""Times and numbers in every spelling that is accepted, and those that are rejected."""

import pytest
from ingest.formats.tick import Reject

from ingest.formats.decode import decode_message

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000
UNIX = 1_772_193_900  # the same in seconds of Unix time


@pytest.mark.parametrize(
    "text, us",
    [
        pytest.param('"2026-02-27T12:05:00Z"', TIME_US, id="seconds"),
        pytest.param('"2026-02-27T12:05Z"', TIME_US, id="minutes"),
        pytest.param('"2026-02-27T12:05:00.1Z"', TIME_US + 100_000, id="tenths"),
        pytest.param('"2026-02-27T12:05:00.123456Z"', TIME_US + 123_456, id="microseconds"),
        pytest.param('"2026-02-27 12:05:00.5"', TIME_US + 500_000, id="blank-naive"),
        pytest.param('"2026-02-27T12:05:00"', TIME_US, id="T-naive"),
        pytest.param('" 2026-02-27T12:05:00Z "', TIME_US, id="blanks-around"),
        pytest.param('"2026-02-27T14:05:00+02:00"', TIME_US, id="offset-east"),
        pytest.param('"2026-02-27T07:05:00-0500"', TIME_US, id="offset-west"),
        pytest.param('"20260227T120500Z"', TIME_US, id="basic"),
        pytest.param('"2026-02-27"', TIME_US - 43_500_000_000, id="day"),
        pytest.param(str(UNIX), TIME_US, id="s"),
        pytest.param(f"{UNIX}.5", TIME_US + 500_000, id="s-with-decimals"),
        pytest.param(f"{UNIX}000", TIME_US, id="ms"),
        pytest.param(f"{UNIX}007", TIME_US + 7_000, id="ms-that-are-not-zero"),
        pytest.param(f"{UNIX}000007", TIME_US + 7, id="us"),
        pytest.param(f"{UNIX}000007999", TIME_US + 7, id="ns"),
        pytest.param(f'"{UNIX}"', TIME_US, id="s-as-text"),
        pytest.param(f'"{UNIX}.25"', TIME_US + 250_000, id="s-with-decimals-as-text"),
        pytest.param(f'"{UNIX}000"', TIME_US, id="ms-as-text"),
        pytest.param(f'"{UNIX}000007"', TIME_US + 7, id="us-as-text"),
        pytest.param(f'"{UNIX}000007999"', TIME_US + 7, id="ns-as-text"),
        pytest.param("1.7721939e9", TIME_US, id="exponent"),
        pytest.param("946684800", 0, id="first-instant"),
        # floored, not rounded: all of these stay in their second, and so in their minute
        pytest.param('"2026-02-27T12:04:59.9999999Z"', TIME_US - 1, id="floor-text"),
        pytest.param('"2026-02-27T12:04:59.999999999Z"', TIME_US - 1, id="floor-text-ns"),
        pytest.param(f"{UNIX - 1}.9999999", TIME_US - 1, id="floor-s"),
        pytest.param(f"{UNIX - 1}999.9999", TIME_US - 1, id="floor-ms"),
        pytest.param(f"{UNIX - 1}999999999", TIME_US - 1, id="floor-ns"),
        pytest.param(f"{UNIX - 1}.{'9' * 70}", TIME_US - 1, id="floor-more-digits-than-any"),
        pytest.param(f'"{UNIX - 1}.{"9" * 70}"', TIME_US - 1, id="floor-more-digits-as-text"),
        pytest.param("946684799.9999999", -1, id="floor-before-2000"),
        pytest.param('"1900-01-01T00:00:00Z"', -36_524 * 86_400_000_000, id="1900"),
        pytest.param("-2208988800", -36_524 * 86_400_000_000, id="1900-as-a-number"),
        pytest.param('"2500-01-01T00:00:00Z"', 182_622 * 86_400_000_000, id="2500"),
    ],
)
def test_every_spelling_of_a_time_is_read_and_floored(text, us):
    value = b'{"symbol":"A","price":1,"volume":1,"event_time":' + text.encode() + b"}"
    assert [tick.us for tick in decode_message(value)] == [us]


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
        ("99999999999999999999.99999999999999999999", "99999999999999999999.99999999999999999999"),
        ('".5"', "0.5"),
        ('"5."', "5"),
        ('"+5"', "5"),
        ("1e-20", "0.00000000000000000001"),
    ],
)
def test_numbers_stay_exactly_as_they_are_written(text, digits):
    head = b'{"symbol":"A","timestamp":1772193900,"price":'
    [tick] = decode_message(head + text.encode() + b',"volume":' + text.encode() + b"}")
    assert format(tick.price, "f") == digits
    assert format(tick.size, "f") == digits


REJECTED_NUMBERS = {
    "NaN-as-text": ('"NaN"', "number out of range"),
    "Infinity-as-text": ('"Infinity"', "number out of range"),
    "minus-infinity-as-text": ('"-inf"', "number out of range"),
    "sNaN": ('"sNaN"', "number out of range"),
    "1e400": ("1e400", "number out of range"),
    "1e400-as-text": ('"1e400"', "number out of range"),
    "-1e400": ("-1e400", "number out of range"),
    "1e20": ("1e20", "number out of range"),
    "an-int-of-30-digits": ("1" * 30, "number out of range"),
    "an-int-of-4000-digits": ("1" * 4000, "number out of range"),
    "21-decimals": ("1e-21", "number out of range"),
    "21-decimals-as-text": ('"0.000000000000000000001"', "number out of range"),
    "61-digits": ("1." + "1" * 60, "number out of range"),
    "61-digits-as-text": ('"1.' + "1" * 60 + '"', "number out of range"),
    "true": ("true", "wrong type"),
    "list": ("[1]", "wrong type"),
    "object": ('{"a":1}', "wrong type"),
    "word": ('"abc"', "bad number"),
    "empty-text": ('""', "bad number"),
    "blank": ('" 1"', "bad number"),
    "comma": ('"1,5"', "bad number"),
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
    fields = {"price": "1", "volume": "1"} | {field: text}
    value = '{{"symbol":"A","timestamp":1772193900,"price":{price},"volume":{volume}}}'
    found = decode_message(value.format(**fields).encode())
    assert isinstance(found, Reject)
    assert found.reason == reason
    assert field in found.detail
