"""Times in parameters mean one moment or are refused; the documented pattern allows no others."""

import re
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import InvalidParameter
from api.times import PATTERN, parse_time

NOON = datetime(2026, 2, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-27T12:00:00Z",
        "2026-02-27t12:00z",
        "2026-02-27 12:00:00.000000000000+00:00",
        "2026-02-27T17:30:00 05:30",
        "2026-02-27T17:30:00+0530",
        "2026-02-27T07:00:00-05:00",
        "1772193600",
        "1772193600000",
        "1772193600000000",
        "1772193600000000000",
    ],
)
def test_spellings_of_one_moment(text: str) -> None:
    assert parse_time("start", text) == NOON


def test_what_is_finer_than_a_microsecond_is_floored_or_rounded_up() -> None:
    for text in ("2026-02-27T12:00:00.0000001Z", "1772193600000000100"):
        assert parse_time("start", text) == NOON
        assert parse_time("start", text, up=True) == NOON.replace(microsecond=1)
    assert parse_time("start", "0") == datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_time("start", "2024-02-29") == datetime(2024, 2, 29, tzinfo=UTC)


def test_an_offset_leads_no_further_than_the_years_that_there_are() -> None:
    assert parse_time("start", "0001-01-01T00:00:00+14:00").year == 1
    assert parse_time("end", "9999-12-31T23:59:59-12:00").year == 9999


@pytest.mark.parametrize(
    "text, reason",
    [
        ("2026-02-27T12:00:00", "has no zone: 2026-02-27T12:00:00Z is UTC"),
        ("2026-02-30", "is not a time that exists"),
        ("2025-02-29T00:00Z", "is not a time that exists"),
        ("0000-01-01", "is not a time that exists"),
        ("2026-02-27T24:00:00Z", "is not a time that exists"),
        ("2026-02-27T12:00:00+24:00", "is not a time that exists"),
        ("2026", "looks like a date: write 2026-01-01"),
        ("20260227", "looks like a date: write 2026-02-27"),
        ("202602271200", "looks like a date: write 2026-02-27T12:00:00Z"),
        ("20260227120030", "looks like a date: write 2026-02-27T12:00:30Z"),
        ("1e3", "must be a time like 2026-02-27T12:00:00Z, a date, or a whole number"),
        ("-1", "must be a time like"),
        ("1.5", "must be a time like"),
        ("", "must be a time like"),
        ("12345678901234567890", "must be a time like"),
        ("2026-02-27\n", "must be a time like"),
        ("\u0661\u0662\u0663", "must be a time like"),
    ],
)
def test_other_text_is_refused_with_what_to_write(text: str, reason: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        parse_time("start", text)
    assert refused.value.detail.startswith(f"start {reason}")
    assert "\n" not in refused.value.detail.removesuffix("\n")


@settings(max_examples=300, deadline=None)
@given(st.from_regex(re.compile(PATTERN, re.ASCII), fullmatch=True))
def test_all_that_the_pattern_allows_is_a_time(text: str) -> None:
    if not text.endswith("\n"):
        assert parse_time("start", text).tzinfo is UTC


@pytest.mark.parametrize(
    "call, written",
    [
        ("time_json('2026-02-27 12:00Z')", '"2026-02-27T12:00:00Z"'),
        ("time_json('2026-02-27 12:00:00.5Z')", '"2026-02-27T12:00:00.5Z"'),
        ("time_json('2026-02-27 12:00Z', 7)", '"2026-02-27T12:00:00.000000007Z"'),
        ("time_json('2026-02-27 12:00:00.5Z', 7, 's')", "1772193600.500000007"),
        ("time_json('2026-02-27 12:00:00.5Z', 7, 'ms')", "1772193600500.000007"),
        ("time_json('2026-02-27 12:00:00.5Z', 7, 'us')", "1772193600500000.007"),
        ("time_json('2026-02-27 12:00:00.5Z', 7, 'ns')", "1772193600500000007"),
        (
            "time_json('2026-07-01 12:00Z', 0, 'rfc3339', 'Europe/Berlin')",
            '"2026-07-01T14:00:00+02:00"',
        ),
        (
            "time_json('2026-01-01 12:00Z', 0, 'rfc3339', 'America/St_Johns')",
            '"2026-01-01T08:30:00-03:30"',
        ),
        # the offset of Liberia was 43 minutes and 8 seconds
        (
            "time_json('1900-01-01 12:00Z', 0, 'rfc3339', 'Africa/Monrovia')",
            '"1900-01-01T11:17:00-00:43"',
        ),
        ("decimal_json(1.50)", "1.50"),
        ("decimal_json(1.50, true)", '"1.50"'),
        ("decimal_json(null, true)", "null"),
    ],
)
def test_the_database_writes_times_and_decimals(
    fresh_database: str, call: str, written: str
) -> None:
    options = "-c timezone=America/New_York"
    with psycopg.connect(fresh_database, options=options) as conn:
        conn.execute("set role stockpulse_reader")
        row = conn.execute(f"select market.{call}").fetchone()  # type: ignore[arg-type]
    assert row == (written,)
