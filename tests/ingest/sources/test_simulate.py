"""Simulated ticks: reproducible, evenly spread, at the requested rate."""

import itertools
import json
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from db.errors import UsageError
from ingest.sources import simulate

SINCE = datetime(2026, 2, 27, 12, tzinfo=UTC)
SYMBOLS = ["AAPL", "MSFT", "KRAKEN:BTC/USD"]


def an_hour(seed=0, count=5_000, since=SINCE):
    return list(
        simulate.history(
            SYMBOLS, since=since, until=since + timedelta(hours=1), count=count, seed=seed
        )
    )


class Clock:
    """A clock that only the code under test moves: by sleeping, or by `tick_seconds` per tick."""

    def __init__(self, tick_seconds=0.0):
        self.now = 1_000.0
        self.tick_seconds = tick_seconds

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def time_ns(self):
        self.now += self.tick_seconds
        return int(self.now * 1e9)


def live(monkeypatch, clock, **limits):
    monkeypatch.setattr(simulate, "time", clock)
    return list(simulate.live_times(**{"rate": None, "seconds": None, "count": None, **limits}))


def test_the_same_seed_gives_the_same_ticks_and_another_seed_gives_others():
    assert an_hour(seed=7) == an_hour(seed=7)
    assert an_hour(seed=7) != an_hour(seed=8)


def test_every_symbol_gets_its_share():
    shares = defaultdict(int)
    for tick in an_hour(count=30_000):
        shares[tick.symbol] += 1
    assert shares.keys() == set(SYMBOLS)
    assert all(9_000 < share < 11_000 for share in shares.values())


def test_prices_are_whole_cents_that_move_and_stay_near_their_start():
    ticks = simulate.ticks(["AAPL"], range(10**15, 10**15 + 50_000), seed=3)
    prices = [tick.price for tick in ticks]
    assert all(re.fullmatch(r"\d+\.\d\d", price) for price in prices)
    assert {Decimal("114.93") <= Decimal(price) <= Decimal("459.74") for price in prices} == {True}
    assert len(set(prices)) > 50
    steps = {Decimal(b) - Decimal(a) for a, b in itertools.pairwise(prices)}
    assert max(steps) == Decimal("0.03")
    assert min(steps) == Decimal("-0.03")


def test_a_walk_turns_round_at_half_and_at_twice_its_start():
    walk = simulate._Walk("AAPL")
    for _ in range(20_000):
        walk.step(-3)
    assert walk.cents in range(114_93, 114_99)
    for _ in range(20_000):
        walk.step(3)
    assert walk.cents in range(459_68, 459_75)


def test_history_is_spread_evenly_over_a_half_open_range():
    ticks = simulate.history(
        ["AAPL"], since=SINCE, until=SINCE + timedelta(seconds=4), count=4, seed=0
    )
    assert [tick.event_time for tick in ticks] == [SINCE + timedelta(seconds=n) for n in range(4)]


def test_history_of_more_than_one_tick_per_microsecond_is_refused():
    span = timedelta(microseconds=10)
    assert len(list(simulate.history(["A"], since=SINCE, until=SINCE + span, count=10))) == 10
    with pytest.raises(UsageError, match="11 ticks do not fit into 10 microseconds"):
        simulate.history(["A"], since=SINCE, until=SINCE + span, count=11)


def test_a_simulation_without_a_symbol_is_refused():
    with pytest.raises(UsageError, match="no symbol"):
        simulate.ticks([], [1])


def test_no_two_ticks_of_a_symbol_share_an_id_within_a_run_or_between_runs():
    ticks = an_hour() + an_hour(since=SINCE + timedelta(microseconds=1))
    assert len({(tick.symbol, tick.dedupe_id) for tick in ticks}) == len(ticks)


def test_time_and_seq_both_order_the_ticks_of_a_symbol():
    for symbol in SYMBOLS:
        own = [tick for tick in an_hour() if tick.symbol == symbol]
        assert [tick.seq for tick in own] == list(range(1, len(own) + 1))
        assert all(a.event_time < b.event_time for a, b in itertools.pairwise(own))


def test_live_times_rise_even_if_the_clock_stands_still(monkeypatch):
    times = live(monkeypatch, Clock(), count=3)
    assert times == [1_000_000_000, 1_000_000_001, 1_000_000_002]


@pytest.mark.parametrize(
    "rate, seconds, count, ticks, lasts",
    [
        pytest.param(1_000, 2, None, 2_000, 2.0, id="seconds"),
        pytest.param(1_000, None, 500, 500, 0.5, id="count"),
        pytest.param(1_000, 2, 500, 500, 0.5, id="count-before-seconds"),
        pytest.param(1_000, 2, 5_000, 2_000, 2.0, id="seconds-before-count"),
        pytest.param(0.5, 5, None, 2, 5.0, id="less-than-one-per-second"),
        pytest.param(1_000, 0, None, 0, 0.0, id="no-time-at-all"),
        pytest.param(250_000, 1, None, 250_000, 1.0, id="many-in-a-slice"),
    ],
)
def test_ticks_are_sent_at_the_requested_rate(monkeypatch, rate, seconds, count, ticks, lasts):
    clock = Clock()
    assert len(live(monkeypatch, clock, rate=rate, seconds=seconds, count=count)) == ticks
    assert clock.now - 1_000 == pytest.approx(lasts, abs=0.011)


def test_a_late_slice_is_made_up_for(monkeypatch):
    clock = Clock()
    stalls = iter([0.05])
    monkeypatch.setattr(simulate, "time", clock)
    times = simulate.live_times(
        rate=1_000, seconds=1, count=None, advance=lambda _ticks: clock.sleep(next(stalls, 0))
    )
    assert len(list(times)) == 1_000


def test_a_rate_beyond_the_machine_does_not_delay_the_end(monkeypatch):
    clock = Clock(tick_seconds=0.001)
    ticks = len(live(monkeypatch, clock, rate=10_000, seconds=3))
    assert clock.now - 1_000 < 4.1
    assert 3_000 <= ticks <= 4_100


def test_without_a_rate_ticks_are_sent_as_fast_as_they_are_taken(monkeypatch):
    clock = Clock(tick_seconds=0.0001)
    assert len(live(monkeypatch, clock, seconds=1)) == pytest.approx(10_000, abs=1_000)


def test_progress_adds_up_to_the_ticks(monkeypatch):
    done = []
    times = live(monkeypatch, Clock(), rate=1_000, count=1_234, advance=done.append)
    assert sum(done) == len(times) == 1_234
    assert len(done) > 100


def test_a_simulation_reaches_the_topic_completely_and_in_order(kafka_settings, topic, read_topic):
    started = datetime.now(UTC)
    published = simulate.publish(kafka_settings, SYMBOLS, count=3_000, seed=5, topic=topic)
    ended = datetime.now(UTC)
    records = read_topic(topic)
    assert published.count == len(records) == 3_000
    assert not published.failures
    assert not published.interrupted
    per_symbol = defaultdict(list)
    for record in records:
        message = json.loads(record.value)
        assert record.key.decode() == message["symbol"]
        per_symbol[message["symbol"]].append(message)
    for messages in per_symbol.values():
        assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
        times = [datetime.fromisoformat(message["event_time"]) for message in messages]
        assert started - timedelta(milliseconds=1) <= times[0] < times[-1] <= ended


def test_publish_history_sends_the_ticks_of_history(kafka_settings, topic, read_topic):
    span = {"since": SINCE, "until": SINCE + timedelta(days=1), "count": 500, "seed": 2}
    published = simulate.publish_history(kafka_settings, SYMBOLS, **span, topic=topic)
    expected = [message.value for message in simulate.messages(simulate.history(SYMBOLS, **span))]
    assert published.count == 500
    assert sorted(record.value for record in read_topic(topic)) == sorted(expected)
