"""Times in every spelling that is accepted, and those that are refused."""

from decimal import Decimal

import pytest

from ingest.formats.moments import Moment, parse

# 2026-02-27T12:05:00Z, in microseconds since 2000-01-01: 9554 days and 43,500 seconds.
TIME_US = (9554 * 86_400 + 43_500) * 1_000_000
UNIX = 1_772_193_900  # the same in seconds of Unix time
MIDNIGHT_US = 9555 * 86_400 * 1_000_000  # the end of that day


@pytest.mark.parametrize(
    "value, us, ns",
    [
        pytest.param("2026-02-27T12:05:00Z", TIME_US, 0, id="seconds"),
        pytest.param("2026-02-27T12:05Z", TIME_US, 0, id="minutes"),
        pytest.param("2026-02-27T12:05:00.1Z", TIME_US + 100_000, 0, id="tenths"),
        pytest.param("2026-02-27T12:05:00.123456Z", TIME_US + 123_456, 0, id="microseconds"),
        pytest.param("2026-02-27T12:05:00.123456789Z", TIME_US + 123_456, 789, id="nanoseconds"),
        pytest.param("2026-02-27T12:05:00.0000009Z", TIME_US, 900, id="7-digits"),
        pytest.param("2026-02-27T12:05:00,123Z", TIME_US + 123_000, 0, id="comma"),
        pytest.param("2026-02-27 12:05:00.5", TIME_US + 500_000, 0, id="blank-naive"),
        pytest.param("2026-02-27T12:05:00", TIME_US, 0, id="T-naive"),
        pytest.param(" 2026-02-27T12:05:00Z ", TIME_US, 0, id="blanks-around"),
        pytest.param("2026-02-27t12:05:00z", TIME_US, 0, id="small-letters"),
        pytest.param("2026-02-27 12:05:00 UTC", TIME_US, 0, id="UTC"),
        pytest.param("2026-02-27 12:05:00 GMT", TIME_US, 0, id="GMT"),
        pytest.param("2026-02-27 12:05:00 +0000", TIME_US, 0, id="blank-and-offset"),
        pytest.param("2026-02-27T12:05:00+00", TIME_US, 0, id="offset-of-hours"),
        pytest.param("2026-02-27T14:05:00+02:00", TIME_US, 0, id="offset-east"),
        pytest.param("2026-02-27T07:05:00-0500", TIME_US, 0, id="offset-west"),
        pytest.param("2026-02-27T17:35:00.000000001+05:30", TIME_US, 1, id="half-hour"),
        pytest.param("20260227T120500Z", TIME_US, 0, id="basic"),
        pytest.param("2026-02-27", TIME_US - 43_500_000_000, 0, id="day"),
        pytest.param(UNIX, TIME_US, 0, id="s"),
        pytest.param(Decimal(f"{UNIX}.5"), TIME_US + 500_000, 0, id="s-with-decimals"),
        pytest.param(Decimal(f"{UNIX}.123456789"), TIME_US + 123_456, 789, id="s-with-ns"),
        pytest.param(int(f"{UNIX}007"), TIME_US + 7_000, 0, id="ms"),
        pytest.param(Decimal(f"{UNIX}000.0"), TIME_US, 0, id="ms-as-a-float"),
        pytest.param(Decimal(f"{UNIX}000.75"), TIME_US + 750, 0, id="ms-with-decimals"),
        pytest.param(int(f"{UNIX}000007"), TIME_US + 7, 0, id="us"),
        pytest.param(int(f"{UNIX}000007999"), TIME_US + 7, 999, id="ns"),
        pytest.param(f"{UNIX}", TIME_US, 0, id="s-as-text"),
        pytest.param(f"{UNIX}.25", TIME_US + 250_000, 0, id="s-with-decimals-as-text"),
        pytest.param(f"{UNIX}000", TIME_US, 0, id="ms-as-text"),
        pytest.param(f"{UNIX}000007999", TIME_US + 7, 999, id="ns-as-text"),
        pytest.param(Decimal("1.7721939e9"), TIME_US, 0, id="exponent"),
        pytest.param(946_684_800, 0, 0, id="first-instant"),
        # floored, not rounded: all of these stay in their second, and so in their minute
        pytest.param("2026-02-27T12:04:59.9999999Z", TIME_US - 1, 900, id="floor-text"),
        pytest.param("2026-02-27T12:04:59.9999999999Z", TIME_US - 1, 999, id="floor-10-digits"),
        pytest.param(Decimal(f"{UNIX - 1}.{'9' * 70}"), TIME_US - 1, 999, id="floor-70-digits"),
        pytest.param(f"{UNIX - 1}.{'9' * 70}", TIME_US - 1, 999, id="floor-70-digits-as-text"),
        pytest.param(Decimal("946684799.9999999"), -1, 900, id="floor-before-2000"),
        pytest.param("1900-01-01T00:00:00Z", -36_524 * 86_400_000_000, 0, id="1900"),
        pytest.param(-2_208_988_800, -36_524 * 86_400_000_000, 0, id="1900-as-a-number"),
        # a leap second is the last nanosecond before midnight, in whatever zone it is written
        pytest.param("2026-02-27T23:59:60Z", MIDNIGHT_US - 1, 999, id="leap-second"),
        pytest.param("2026-02-27T23:59:60.500Z", MIDNIGHT_US - 1, 999, id="within-leap-second"),
        pytest.param("2026-02-28T05:29:60+05:30", MIDNIGHT_US - 1, 999, id="leap-second-east"),
    ],
)
def test_every_spelling_of_a_time_is_read_and_floored(value, us, ns):
    assert parse(value) == Moment(us, ns)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "2026-02-30T00:00:00Z",
        "2026-02-27T24:00:00Z",
        "2026-02-27T12:60:00Z",
        "2026-02-27T12:05:61Z",
        "2026-02-27T12:05:60Z",
        "2026-02-27T12:05:00.Z",
        "2026-02-27T12:05:00+25:00",
        "2026-02-27T12:05:00 EST",
        "2026-02-27T12:05:00[America/New_York]",
        "2026-W09-5T12:05:00Z",
        "Fri, 27 Feb 2026 12:05:00 GMT",
        "27.02.2026 12:05:00",
        "2026-2-27",
        "NaN",
        "--5",
        "1" * 21,
        "\u0661\u0667\u0667\u0662\u0661\u0669\u0663\u0669\u0660\u0660",
        10**300,
        Decimal("1e400"),
        Decimal("NaN"),
        # dates written as digits
        20260227,
        "20260227",
        Decimal(20260227),
        "202602271205",
        20260227120500,
        "20260227120500",
        "20260227120500123",
        20260227120500123456,
    ],
)
def test_other_texts_and_dates_written_as_digits_are_refused(value):
    with pytest.raises((ValueError, ArithmeticError)):
        parse(value)
