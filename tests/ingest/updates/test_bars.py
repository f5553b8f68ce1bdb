"""Bars of vendors kept up to date: what a day asks for, and what a limit on requests does."""

import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from db.errors import SettingsError, UsageError
from ingest.download.bars.order import BarOrder, BarReport
from ingest.updates import bars
from ingest.updates.history import Surroundings
from ingest.updates.run import run_due
from tests.fakes import alphavantage as fake
from tests.fakes.alphavantage import FakeAlphaVantage, rows, serving
from tests.ingest.download.clocks import FakeTime

NOW = datetime(2026, 2, 27, 2, tzinfo=UTC)  # 20 minutes after the slot
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTHS = ("2025-12", "2026-01", "2026-02")
RUNS = "select state, result from ops.update_runs order by slot"


@pytest.fixture
def vendor() -> FakeAlphaVantage:
    made = FakeAlphaVantage()
    for symbol in ("IBM", "MSFT"):
        made.series[symbol, ""] = rows("2026-02-26 19:58:00", "2026-02-26 19:59:00")
        for month in MONTHS:
            made.series[symbol, month] = rows(f"{month}-05 09:30:00")
    return made


@pytest.fixture
def address(vendor):
    with serving(vendor) as url:
        yield url


@pytest.fixture
def time() -> FakeTime:
    return FakeTime(NOW)


@pytest.fixture
def around(kafka_settings, fresh_database, time) -> Surroundings:
    return Surroundings(
        kafka_settings,
        fresh_database,
        threading.Event(),
        lambda *_: nullcontext(lambda _done: None),
        time.clock,
    )


@pytest.fixture
def update(around, address, topic):
    """Runs what is due of IBM and MSFT at Alpha Vantage; gives states and results."""

    def run(since=None, **changes):
        order = BarOrder(
            vendor="alphavantage",
            **{"symbols": ("IBM", "MSFT"), "token": fake.KEY, "url": address, "topic": topic}
            | changes,
        )
        ran = run_due(bars.history(bars.Options(order=order, since=since)), around)
        return [(one.state, one.result) for one in ran or ()]

    return run


def test_a_day_brings_the_newest_bars_of_each_symbol(update, vendor, time):
    assert update() == [("done", "4 bars of 2 requests published")]
    assert vendor.asked == [("IBM", ""), ("MSFT", "")]
    assert update() == []
    time.start += DAY
    assert update() == [("done", "4 bars of 2 requests published")]


def test_months_of_the_past_come_after_the_newest_bars_and_once(update, vendor, time):
    since = datetime(2025, 12, 31, tzinfo=UTC)
    assert update(since) == [("done", "8 bars of 6 requests published")]
    assert vendor.asked[:2] == [("IBM", ""), ("MSFT", "")]
    assert set(vendor.asked[2:]) == {(s, m) for s in ("IBM", "MSFT") for m in MONTHS[:2]}
    time.start += DAY
    assert update(since) == [("done", "4 bars of 2 requests published")]


def test_a_run_that_meets_the_limit_goes_on_when_it_ends(update, vendor, time):
    since = datetime(2025, 12, 1, tzinfo=UTC)
    [(state, result)] = update(since, requests_per_day=3)
    assert state == "waiting"
    assert result == "5 bars of 3 requests published; no more requests are sent for now"
    assert update(since, requests_per_day=3) == []
    time.start += 23 * HOUR
    assert update(since, requests_per_day=3) == []
    time.start += 2 * HOUR
    assert update(since, requests_per_day=3)[0][0] == "waiting"
    assert set(vendor.asked[3:5]) == {("IBM", ""), ("MSFT", "")}  # the newest come first


def test_a_symbol_that_the_vendor_does_not_know_is_named_and_asked_for_once_a_day(
    update, vendor, time
):
    [(state, result)] = update(symbols=("IBM", "NOSUCH"))
    assert state == "done"
    assert "1 failed, the first: NOSUCH: " in result
    time.start += 10 * HOUR
    assert update(symbols=("IBM", "NOSUCH")) == []
    assert len(vendor.asked) == 2


def test_a_run_without_one_answer_has_failed_and_is_tried_again(update, vendor, time):
    answers = dict(vendor.series)
    vendor.series.clear()
    [(state, result)] = update()
    assert state == "failed"
    assert result.startswith("0 bars of 2 requests published; 2 failed, the first: IBM: ")
    assert update() == []
    vendor.series.update(answers)
    time.start += timedelta(minutes=5)
    assert update() == [("done", "4 bars of 2 requests published")]


def test_no_result_quotes_the_key(update, vendor, query):
    vendor.most = 0
    update()
    [(state, result)] = query(RUNS)
    assert state == "waiting"
    assert fake.KEY not in result


@pytest.mark.parametrize(
    "last, since, days",
    [
        (None, None, 7),  # the first run
        (None, NOW - 20 * DAY, 20),
        (None, NOW - 90 * DAY, 30),  # more than Yahoo has
        (NOW - DAY, NOW - 20 * DAY, 7),
        (NOW - 12 * DAY, None, 13),  # after downtime, with a day more
        (NOW - 90 * DAY, None, 30),
    ],
)
def test_yahoo_is_asked_for_the_time_since_the_last_run(
    around, query, monkeypatch, last, since, days
):
    orders = []
    monkeypatch.setattr(
        bars, "download_bars", lambda *given: orders.append(given[2]) or BarReport()
    )
    order = BarOrder(vendor="yahoo", symbols=("AAPL",))
    history = bars.history(bars.Options(order=order, since=since))
    if last is not None:
        run_due(history, around)
        query("update ops.update_runs set slot = %s", last)
    assert run_due(history, around)
    assert orders[-1].since == pytest.approx(NOW - days * DAY, abs=2 * HOUR)


@pytest.mark.parametrize(
    "changes, error, text",
    [
        ({"token": ""}, SettingsError, "STOCKPULSE_ALPHAVANTAGE_TOKEN"),
        ({"interval": "7m"}, UsageError, "the interval is one of"),
        ({"symbols": (" ",)}, UsageError, "no symbol"),
    ],
)
def test_what_cannot_be_is_found_before_the_first_run(changes, error, text):
    values = {"vendor": "alphavantage", "symbols": ("IBM",), "token": fake.KEY} | changes
    with pytest.raises(error, match=text):
        bars.history(bars.Options(order=BarOrder(**values))).check()
