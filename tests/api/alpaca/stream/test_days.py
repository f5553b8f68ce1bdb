"""Bars of the day under way: each symbol's newest, once a minute at most."""

from api.alpaca.stream.days import Days


def test_the_first_bar_is_given_at_once_and_the_next_after_a_minute() -> None:
    days: Days[str] = Days()
    assert days.offer("A", "first", 0.0) == "first"
    assert days.offer("A", "second", 10.0) is None
    assert days.offer("A", "third", 59.0) is None
    assert days.offer("B", "other", 59.0) == "other"
    assert days.seconds_to_next(59.0) == 1.0
    assert days.due(59.9) == []
    assert days.due(60.0) == [("A", "third")]
    assert days.due(200.0) == []
    assert days.seconds_to_next(200.0) is None


def test_a_bar_after_a_quiet_minute_is_given_at_once() -> None:
    days: Days[str] = Days()
    days.offer("A", "first", 0.0)
    assert days.offer("A", "second", 60.0) == "second"


def test_the_bar_of_a_day_that_is_over_takes_the_place_of_the_one_held() -> None:
    days: Days[str] = Days()
    days.offer("A", "first", 0.0)
    days.offer("A", "held", 1.0)
    assert days.give("A", "final", 2.0) == "final"
    assert days.due(100.0) == []
