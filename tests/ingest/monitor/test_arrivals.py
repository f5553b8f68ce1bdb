"""When the message at an offset came, from readings of a partition's end and its record."""

from datetime import UTC, datetime

import pytest

from ingest.monitor.arrivals import MOST_READINGS, Arrivals, came_at

NOW = datetime(2026, 2, 27, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0
DAY = 24 * HOUR


def test_a_message_came_when_a_reading_met_it_first() -> None:
    arrivals = Arrivals()
    arrivals.note(NOW, 100, 100)
    arrivals.note(NOW + 5, 150, 100)
    arrivals.note(NOW + 10, 150, 100)
    arrivals.note(NOW + 15, 200, 100)
    assert [arrivals.seen_at(offset) for offset in (100, 149, 150, 199, 200)] == [
        NOW + 5, NOW + 5, NOW + 15, NOW + 15, None,
    ]  # fmt: skip
    assert not arrivals.came_before(100)
    assert arrivals.came_before(99)


def test_readings_before_the_next_offset_are_forgotten() -> None:
    arrivals = Arrivals()
    for number in range(10):
        arrivals.note(NOW + number, 10 * number, 10 * number)
    assert len(arrivals._ends) <= 2


def test_a_lag_of_days_takes_no_more_memory_than_one_of_minutes() -> None:
    arrivals = Arrivals()
    for number in range(20 * MOST_READINGS):
        arrivals.note(NOW + 5 * number, 10 + number, 10)
    assert len(arrivals._ends) <= MOST_READINGS
    assert arrivals.seen_at(10) == NOW + 5  # the next one to store stays exact


def test_a_topic_that_begins_again_begins_again_here() -> None:
    arrivals = Arrivals()
    arrivals.note(NOW, 1000, 500)
    arrivals.note(NOW + 5, 3, 0)
    assert arrivals.seen_at(0) == NOW + 5


@pytest.mark.parametrize(
    ("record_time", "came"),
    [
        pytest.param(NOW - 3 * HOUR, NOW - 3 * HOUR, id="as Kafka has it"),
        pytest.param(NOW + 30, NOW, id="of a clock that is a little ahead"),
        pytest.param(NOW + 2 * DAY, NOW - HOUR, id="in the future"),
        pytest.param(NOW / 1000, NOW - HOUR, id="in seconds in place of milliseconds"),
        pytest.param(0.0, NOW - HOUR, id="zero"),
        pytest.param(-0.001, NOW - HOUR, id="none"),
        pytest.param(NOW - 400 * DAY, NOW - HOUR, id="of the events of a backfill"),
        pytest.param(None, NOW - HOUR, id="not read"),
    ],
)
def test_a_message_of_before_the_first_reading_came_when_its_record_says_if_that_can_be(
    record_time: float | None, came: float
) -> None:
    arrivals = Arrivals()
    arrivals.note(NOW, 100, 50)
    stored_at = NOW - HOUR
    assert came_at(arrivals, 50, record_time, stored_at, most=28 * DAY) == came


def test_without_any_other_time_it_came_at_the_first_reading() -> None:
    arrivals = Arrivals()
    arrivals.note(NOW, 100, 50)
    assert came_at(arrivals, 50, None, None, most=28 * DAY) == NOW


def test_the_record_of_a_message_that_was_met_is_not_asked() -> None:
    arrivals = Arrivals()
    arrivals.note(NOW, 50, 50)
    arrivals.note(NOW + 5, 51, 50)
    assert came_at(arrivals, 50, NOW - 3 * HOUR, NOW - HOUR, most=28 * DAY) == NOW + 5
