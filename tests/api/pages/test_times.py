"""Times are written, and read, as the clocks of a zone show them."""

from datetime import UTC, datetime

import pytest

from tests.api.pages.conftest import Evaluate

MODULE = "times.js"


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    "zone, at, expected",
    [
        ("UTC", "2026-03-09T14:30", "Mon 9 Mar 2026 14:30"),
        ("America/New_York", "2026-03-06T14:30", "Fri 6 Mar 2026 09:30"),
        ("America/New_York", "2026-03-09T13:30", "Mon 9 Mar 2026 09:30"),  # summer time
        ("America/New_York", "2026-03-10T03:00:05", "Mon 9 Mar 2026 23:00:05"),
        ("Asia/Kolkata", "2026-03-09T18:30", "Tue 10 Mar 2026 00:00"),
        ("Australia/Lord_Howe", "2026-03-09T00:00", "Mon 9 Mar 2026 11:00"),
    ],
)
def test_time_is_that_of_the_zone(js: Evaluate, zone: str, at: str, expected: str) -> None:
    expression = "m.timesOf(given.city, '1m').long(given.at)"
    assert js(MODULE, expression, city=zone, at=ms(at)) == expected


def test_clocks_change_at_their_hour(js: Evaluate) -> None:
    times = [ms("2026-03-08T06:59:59"), ms("2026-03-08T07:00")]
    expression = "given.times.map(m.timesOf('America/New_York', '1m').offset)"
    assert js(MODULE, expression, times=times) == [-5 * 3_600_000, -4 * 3_600_000]


@pytest.mark.parametrize("timeframe", ["1d", "3d", "1w", "1mo"])
def test_days_are_those_of_utc_in_every_zone(js: Evaluate, timeframe: str) -> None:
    expression = "m.timesOf('America/New_York', given.timeframe).long(given.at)"
    at = ms("2026-03-09T00:00")
    assert js(MODULE, expression, timeframe=timeframe, at=at) == "Mon 9 Mar 2026"


def test_a_minute_is_no_month(js: Evaluate) -> None:
    expression = "m.timesOf('America/New_York', '15m').long(given.at)"
    assert js(MODULE, expression, at=ms("2026-03-09T13:30")) == "Mon 9 Mar 2026 09:30"


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("year", "2026"), ("month", "Mar"), ("day", "9 Mar"), ("time", "23:00"),
        ("seconds", "23:00:00"),
    ],
)  # fmt: skip
def test_marks_of_the_axis_are_short(js: Evaluate, kind: str, expected: str) -> None:
    expression = "m.timesOf('America/New_York', '1m').axis(given.at, given.kind)"
    assert js(MODULE, expression, at=ms("2026-03-10T03:00"), kind=kind) == expected


@pytest.mark.parametrize(
    "at, expected",
    [
        ("2026-03-09T14:30", "14:30"),
        ("2026-03-06T14:30", "Fri 6 Mar 14:30"),
        ("2025-12-31T14:30", "Wed 31 Dec 2025 14:30"),
    ],
)
def test_a_short_time_has_the_date_only_if_it_is_another_day(
    js: Evaluate, at: str, expected: str
) -> None:
    expression = "m.UTC.short(given.at, given.now)"
    assert js(MODULE, expression, at=ms(at), now=ms("2026-03-09T15:00")) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-03-06T09:30", "2026-03-06T14:30"),
        ("2026-03-09T09:30", "2026-03-09T13:30"),
        ("2026-03-09", "2026-03-09T04:00"),
        ("2026-03-08T03:30", "2026-03-08T07:30"),  # half an hour after the clocks went forward
        ("2026-03-08T01:30", "2026-03-08T06:30"),
        ("2026-11-01T03:00", "2026-11-01T08:00"),
    ],
)
def test_a_typed_time_is_one_of_the_zone(js: Evaluate, text: str, expected: str) -> None:
    expression = "m.timesOf('America/New_York', '1m').parse(given.text)"
    assert js(MODULE, expression, text=text) == ms(expected)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "2026-03-09T25:00", "2026-3-9"])
def test_what_is_no_time_is_refused(js: Evaluate, text: str) -> None:
    assert js(MODULE, "m.UTC.parse(given.text)", text=text) is None


@pytest.mark.parametrize(
    "choice, exchange, zone",
    [
        ("", None, "UTC"),
        ("exchange", "America/New_York", "America/New_York"),
        ("exchange", None, "UTC"),
        ("local", "America/New_York", "Europe/Berlin"),
        ("nonsense", None, "UTC"),
    ],
)
def test_choice_leads_to_a_zone(js: Evaluate, choice: str, exchange: str | None, zone: str) -> None:
    found = js(
        MODULE, "m.zoneOf(given.choice, given.exchange)", "Europe/Berlin",
        choice=choice, exchange=exchange,
    )  # fmt: skip
    assert found == zone


def test_a_zone_is_named_by_its_city(js: Evaluate) -> None:
    zones = ["America/New_York", "UTC", "Etc/UTC", "America/Argentina/Buenos_Aires"]
    names = ["New York", "UTC", "UTC", "Buenos Aires"]
    assert js(MODULE, "given.zones.map(m.nameOf)", zones=zones) == names
