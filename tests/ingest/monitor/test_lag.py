"""The lag of a topic, from ends of its partitions and the stored offsets; no servers."""

from ingest.kafka.ends import Ends
from ingest.kafka.peek import Found
from ingest.monitor.lag import Lag, Stored

NOW = 1_772_193_600.0  # 2026-02-27 12:00 UTC
ZERO, ONE = ("ticks", 0), ("ticks", 1)


def seen(lag: Lag, now: float = NOW) -> dict[str, float]:
    """Returns messages, seconds and so on of the topic."""
    return {
        name.removeprefix("stockpulse_loader_"): samples[0][1]
        for name, samples in lag.reading(["ticks"], now).items()
    }


def test_all_partitions_count_and_none_makes_up_for_another() -> None:
    lag = Lag()
    ends = {ZERO: Ends(0, 100, 100), ONE: Ends(0, 40, 40)}
    lag.note(ends, {ZERO: Stored(70, NOW), ONE: Stored(60, NOW)}, NOW)
    assert seen(lag)["lag_messages"] == 30  # ONE has been recreated: it is not ahead by 20


def test_a_partition_that_no_loader_has_counts_from_its_first_message() -> None:
    lag = Lag()
    lag.note({ZERO: Ends(20, 100, 100)}, {}, NOW)
    assert seen(lag)["lag_messages"] == 80


def test_a_topic_without_anything_to_store_has_no_lag() -> None:
    lag = Lag()
    assert lag.note({ZERO: Ends(0, 100, 100)}, {ZERO: Stored(100, NOW - 9000)}, NOW) == {}
    assert seen(lag) == {
        "lag_messages": 0, "lag_seconds": 0, "held_messages": 0, "lost_messages": 0,
    }  # fmt: skip


def test_what_the_broker_dropped_is_lost_and_no_lag() -> None:
    lag = Lag()
    lag.note({ZERO: Ends(500, 600, 600)}, {ZERO: Stored(200, NOW)}, NOW)
    assert (seen(lag)["lag_messages"], seen(lag)["lost_messages"]) == (100, 300)


def test_messages_behind_an_open_transaction_wait() -> None:
    lag = Lag()
    lag.note({ZERO: Ends(0, 100, 100)}, {ZERO: Stored(100, NOW)}, NOW)
    lag.note({ZERO: Ends(0, 100, 150)}, {ZERO: Stored(100, NOW)}, NOW + 5)
    found = seen(lag, NOW + 65)
    assert (found["lag_messages"], found["held_messages"]) == (50, 50)
    assert found["lag_seconds"] == 60


def test_a_mark_of_a_transaction_at_the_end_is_no_message() -> None:
    lag = Lag()
    stored = {ZERO: Stored(100, NOW)}
    lag.note({ZERO: Ends(0, 100, 100)}, stored, NOW)
    assert lag.note({ZERO: Ends(0, 101, 101)}, stored, NOW + 5) == {ZERO: 100}
    lag.learn({ZERO: Found(False, None)})
    assert seen(lag, NOW + 500)["lag_messages"] == 0
    assert seen(lag, NOW + 500)["lag_seconds"] == 0
    # it is not asked again until there is more
    assert lag.note({ZERO: Ends(0, 101, 101)}, stored, NOW + 10) == {}
    assert lag.note({ZERO: Ends(0, 103, 103)}, stored, NOW + 15) == {ZERO: 100}
    lag.learn({ZERO: Found(True, NOW + 14)})
    assert seen(lag, NOW + 20)["lag_messages"] == 3


def test_a_busy_topic_is_not_looked_into() -> None:
    lag = Lag()
    lag.note({ZERO: Ends(0, 100, 100)}, {ZERO: Stored(100, NOW)}, NOW)
    for offset in range(200, 1000, 100):
        ends = {ZERO: Ends(0, offset + 50, offset + 50)}
        assert lag.note(ends, {ZERO: Stored(offset, NOW)}, NOW + offset) == {}
        assert seen(lag, NOW + offset)["lag_messages"] == 50
        assert seen(lag, NOW + offset)["lag_seconds"] == 0


def test_a_backlog_of_before_the_first_reading_is_as_old_as_its_record() -> None:
    lag = Lag()
    ends = {ZERO: Ends(0, 1000, 1000)}
    assert lag.note(ends, {ZERO: Stored(10, NOW - 7200)}, NOW) == {ZERO: 10}
    lag.learn({ZERO: Found(True, NOW - 7000)})
    assert seen(lag)["lag_seconds"] == 7000
    assert lag.note(ends, {ZERO: Stored(600, NOW)}, NOW + 5) == {ZERO: 600}
    lag.learn({ZERO: Found(True, NOW - 100)})
    assert seen(lag, NOW + 5)["lag_seconds"] == 105


def test_a_record_of_1970_makes_no_lag_of_fifty_years() -> None:
    lag = Lag()
    lag.note({ZERO: Ends(0, 1000, 1000)}, {ZERO: Stored(10, NOW - 60)}, NOW)
    lag.learn({ZERO: Found(True, 1_795_600.0)})
    assert seen(lag)["lag_seconds"] == 60


def test_a_stuck_loader_lags_by_the_age_of_the_next_message_whatever_comes_after() -> None:
    lag = Lag()
    stored = {ZERO: Stored(100, NOW)}
    lag.note({ZERO: Ends(0, 100, 100)}, stored, NOW)
    for number in range(1, 20):
        end = 100 + 1000 * number
        lag.note({ZERO: Ends(0, end, end)}, stored, NOW + 5 * number)
    assert seen(lag, NOW + 95)["lag_seconds"] == 90
    assert seen(lag, NOW + 95)["lag_messages"] == 19_000


def test_a_topic_that_is_gone_has_no_gauges() -> None:
    lag = Lag()
    lag.note({ZERO: Ends(0, 100, 100)}, {}, NOW)
    assert lag.reading([], NOW) == {}
