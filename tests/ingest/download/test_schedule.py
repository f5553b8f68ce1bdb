"""The hours that are asked for: the week of currencies in New York, crypto always, holidays."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.download import schedule
from ingest.download.schedule import Range, Schedule


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FX = Schedule("FX")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "sunday, opens, closes",
    [
        ("2026-02-22", "2026-02-22T22:00", "2026-02-27T22:00"),  # winter
        ("2026-03-01", "2026-03-01T22:00", "2026-03-06T22:00"),
        ("2026-03-08", "2026-03-08T21:00", "2026-03-13T21:00"),  # the clocks go forward that Sunday
        ("2026-06-07", "2026-06-07T21:00", "2026-06-12T21:00"),  # summer
        ("2026-10-25", "2026-10-25T21:00", "2026-10-30T21:00"),
        ("2026-11-01", "2026-11-01T22:00", "2026-11-06T22:00"),  # they go back that Sunday
        ("2026-12-27", "2026-12-27T22:00", "2027-01-01T22:00"),
    ],
)
def test_a_week_of_currencies_has_120_hours_from_sunday_to_friday(sunday, opens, closes):
    hours = list(FX.hours(utc(sunday), utc(sunday) + 7 * DAY))
    assert len(hours) == 120
    assert (hours[0], hours[-1] + timedelta(hours=1)) == (utc(opens), utc(closes))


def test_every_week_of_four_years_has_120_hours():
    first = utc("2023-01-01")
    for week in range(208):
        since = first + week * 7 * DAY
        assert len(list(FX.hours(since, since + 7 * DAY))) == 120, since


def test_the_hours_in_which_clocks_change_are_closed():
    for text in ("2026-03-08T06:00", "2026-03-08T07:00", "2026-11-01T05:00", "2026-11-01T06:00"):
        assert not schedule.in_week(utc(text))


def test_crypto_trades_every_hour():
    hours = Schedule("24/7").hours(utc("2026-03-07"), utc("2026-03-10"))
    assert len(list(hours)) == 72


def test_the_hours_that_a_range_cuts_are_among_its_hours():
    hours = list(FX.hours(utc("2026-02-26T12:40"), utc("2026-02-26T14:01")))
    assert [hour.hour for hour in hours] == [12, 13, 14]


def test_a_range_may_be_given_in_another_time_zone():
    since = datetime.fromisoformat("2026-02-26T12:00+01:00")
    [hour] = FX.hours(since, since + timedelta(hours=1))
    assert hour.isoformat() == "2026-02-26T11:00:00+00:00"


def test_an_hour_of_a_holiday_is_asked_for_but_no_ticks_are_expected():
    christmas = Range(utc("2025-12-25T08:30"), utc("2025-12-25T22:00"))
    found = Schedule("FX", (christmas,))
    assert len(list(found.hours(utc("2025-12-25"), utc("2025-12-26")))) == 24
    opened = [hour for hour in range(24) if found.is_open(utc(f"2025-12-25T{hour:02}:00"))]
    assert opened == [*range(9), 22, 23]  # the hour that it cuts is open


def test_nothing_is_asked_for_before_the_first_tick():
    found = Schedule("24/7", first_tick=utc("2017-05-07T10:20"))
    hours = list(found.hours(utc("2017-05-07"), utc("2017-05-07T12:00")))
    assert [hour.hour for hour in hours] == [10, 11]
    assert not found.is_open(utc("2017-05-07T09:00"))


@pytest.mark.parametrize(
    "code, kind, calendar",
    [
        ("EUR/USD", "fx", "FX"),
        ("USD/CNH", "fx", "FX"),
        ("XAU/USD", "commodity", "FX"),
        ("BRENT.CMD/USD", "commodity", "FX"),
        ("USA500.IDX/USD", "index", "FX"),
        ("AAPL.US/USD", "equity", "FX"),
        ("BTC/USD", "crypto", "24/7"),
        ("NEW/EUR", "crypto", "24/7"),
    ],
)
def test_the_code_tells_class_and_calendar(code, kind, calendar):
    assert (schedule.asset_class(code), schedule.calendar_of(code)) == (kind, calendar)
