"""Time that candles have been behind, from what is pending at each reading."""

from ingest.monitor.staleness import Level, Staleness

NOW = 1_772_193_600.0
HOUR = 3600.0


def waited(
    known: Staleness, now: float, since: float | None, refreshed_at: float | None = None
) -> float:
    level = Level("candles_1h", "trade", "1h", int(since is not None), since, refreshed_at)
    [(labels, value)] = known.reading([level], now)["stockpulse_candles_staleness_seconds"]
    assert labels == ("trade", "1h")
    return value


def test_candles_that_lack_nothing_are_not_stale() -> None:
    known = Staleness()
    assert waited(known, NOW, None, NOW - 9 * HOUR) == 0


def test_a_range_waits_since_it_was_seen_however_old_its_events_are() -> None:
    known = Staleness()
    history = NOW - 5 * 365 * 24 * HOUR
    assert waited(known, NOW, history) == 0
    assert waited(known, NOW + 60, history) == 60
    assert waited(known, NOW + 70, None) == 0
    assert waited(known, NOW + 80, history) == 0


def test_a_refresh_that_goes_on_is_no_wait_of_what_is_left() -> None:
    known = Staleness()
    waited(known, NOW, NOW - 9 * HOUR)
    waited(known, NOW + 600, NOW - 9 * HOUR)
    assert waited(known, NOW + 610, NOW - 8 * HOUR) == 0
    assert waited(known, NOW + 620, NOW - 8 * HOUR) == 10


def test_older_history_does_not_end_the_wait_of_what_waits() -> None:
    known = Staleness()
    waited(known, NOW, NOW - HOUR)
    assert waited(known, NOW + 60, NOW - 9 * HOUR) == 60


def test_a_bucket_that_changes_again_and_again_is_made_again_and_again() -> None:
    known = Staleness()
    for number in range(100):
        now = NOW + 10 * number
        assert waited(known, now, NOW - HOUR, refreshed_at=now - 4) <= 4
    stopped = now - 4
    assert waited(known, now + 300, NOW - HOUR, refreshed_at=stopped) == 304


def test_a_refresher_that_was_idle_for_days_makes_no_new_change_old() -> None:
    known = Staleness()
    assert waited(known, NOW, NOW - 30, refreshed_at=NOW - 72 * HOUR) == 0
    assert waited(known, NOW + 5, NOW - 30, refreshed_at=NOW - 72 * HOUR) == 5
