"""Downloads of bars from a fake Alpha Vantage: what is published, the budget, the limits."""

import json
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from db.errors import SettingsError, UsageError
from ingest.download.bars.order import BarOrder
from ingest.download.bars.run import download_bars
from ingest.download.venue import VenueAway
from ingest.loader.run import load
from tests import support
from tests.fakes import alphavantage as fake
from tests.fakes.alphavantage import FakeAlphaVantage, rows, serving
from tests.ingest.download.clocks import FakeTime

NOW = datetime(2026, 2, 27, 1, tzinfo=UTC)
NEWEST = ("2026-02-26 19:58:00", "2026-02-26 19:59:00")


@pytest.fixture
def vendor():
    made = FakeAlphaVantage()
    for symbol in ("IBM", "MSFT", "AAPL"):
        made.series[symbol, ""] = rows(*NEWEST)
        for month in ("2025-12", "2026-01", "2026-02"):
            made.series[symbol, month] = rows(f"{month}-05 09:30:00", f"{month}-05 09:31:00")
    return made


@pytest.fixture
def address(vendor):
    with serving(vendor) as url:
        yield url


@pytest.fixture
def time():
    return FakeTime(NOW)


@pytest.fixture
def fetch(kafka_settings, fresh_database, topic, address, time):
    """Downloads IBM's newest bars."""

    def run(stop=None, **changes):
        order = {"vendor": "alphavantage", "symbols": ("IBM",), "token": fake.KEY,
                 "url": address, "topic": topic, **changes}  # fmt: skip
        stop = stop or threading.Event()
        return download_bars(kafka_settings, fresh_database, BarOrder(**order), stop, time.clock)

    return run


def later(hours):
    return NOW + timedelta(hours=hours)


def test_bars_are_published_keyed_by_symbol(fetch, read_topic, topic):
    report = fetch()
    assert (report.bars, report.requests, report.failures, report.limit) == (2, 1, [], None)
    records = read_topic(topic)
    assert {record.key for record in records} == {b"IBM"}
    assert json.loads(records[0].value) == {
        "v": 1, "kind": "bar", "source": "alphavantage", "symbol": "IBM", "interval": "1m",
        "bar_start": "2026-02-27T00:58:00Z", "open": "188.3500", "high": "188.5000",
        "low": "188.3000", "close": "188.4000", "volume": "60", "final": True,
        "received_at": "2026-02-27T01:00:00Z",
    }  # fmt: skip


def test_each_month_of_each_symbol_is_one_request_and_a_settled_one_is_not_asked_again(
    fetch, vendor
):
    months = ("2026-01", "2026-02")
    assert fetch(symbols=("ibm", " MSFT"), months=months).bars == 8
    assert vendor.asked == [
        ("IBM", "2026-02"), ("MSFT", "2026-02"), ("IBM", "2026-01"), ("MSFT", "2026-01"),
    ]  # fmt: skip
    assert vendor.queries[0]["adjusted"] == "false"
    assert vendor.queries[0]["apikey"] == fake.KEY
    assert fetch(symbols=("IBM",), months=months).requests == 1  # the month is not over
    assert vendor.asked[4:] == [("IBM", "2026-02")]
    assert fetch(months=("2026-01",), recheck=True).bars == 2


def test_the_budget_survives_restarts_and_ends_after_a_day(fetch, vendor, time):
    symbols = ("IBM", "MSFT", "AAPL")
    report = fetch(symbols=symbols, requests_per_day=2)
    assert (report.bars, report.requests) == (4, 2)
    assert (report.limit, report.goes_on_at) == ("no more requests are sent for now", later(24))
    time.seconds = 23.9 * 3600
    report = fetch(symbols=symbols, requests_per_day=2)
    assert (report.bars, report.requests, report.goes_on_at) == (0, 0, later(24))
    assert len(vendor.asked) == 2
    time.seconds = 24.1 * 3600
    report = fetch(symbols=symbols, requests_per_day=2)
    # the one that was never asked, then the one asked longest ago
    assert [symbol for symbol, _ in vendor.asked] == ["AAPL", "IBM", "MSFT", "AAPL"]
    assert report.goes_on_at > later(48)


def test_a_clock_that_is_set_back_gives_no_second_budget(fetch, time):
    assert fetch(requests_per_day=1).requests == 1
    time.seconds = -1800
    report = fetch(requests_per_day=1)
    assert (report.requests, report.goes_on_at) == (0, later(24))


def test_a_clock_that_was_wrong_by_years_does_not_stop_downloads_for_years(fetch, time):
    time.seconds = 4 * 365 * 86400
    assert fetch(requests_per_day=1).requests == 1
    time.seconds = 0
    assert fetch(requests_per_day=1).requests == 1
    assert fetch(requests_per_day=1).goes_on_at == later(24)


def test_another_key_has_another_budget(fetch):
    assert fetch(requests_per_day=1).requests == 1
    assert fetch(requests_per_day=1, token="other").requests == 1


def test_the_vendors_own_limit_ends_the_run_for_a_while(fetch, vendor, time):
    vendor.most = 1
    report = fetch(symbols=("IBM", "MSFT", "AAPL"))
    assert (report.bars, report.requests) == (2, 2)
    assert "25 requests per day" in report.limit
    assert fake.KEY not in report.limit
    assert report.goes_on_at == later(1) + timedelta(seconds=1.5)
    assert fetch().requests == 0
    vendor.most = 1000
    time.seconds = 3700
    assert fetch(symbols=("IBM", "MSFT", "AAPL")).bars == 6


def test_a_symbol_without_an_answer_is_a_line_and_the_others_go_on(fetch, vendor):
    vendor.texts["MSFT"] = {"Information": fake.PREMIUM}
    vendor.bodies["AAPL"] = (503, b"busy")
    vendor.bodies["EMPTY"] = (200, b"{}")
    vendor.bodies["PAGE"] = (200, b"<html>")
    report = fetch(symbols=("AAPL", "EMPTY", "IBM", "MSFT", "NOPE", "PAGE"))
    assert (report.bars, report.requests, report.limit) == (2, 6, None)
    assert [line[:23] for line in report.failures] == [
        "AAPL: HTTP 503", "EMPTY: the answer is em", "MSFT: Thank you for usi",
        "NOPE: Invalid API call.", "PAGE: the answer is not",
    ]  # fmt: skip


def test_requests_are_spaced(fetch, time):
    fetch(symbols=("IBM", "MSFT", "AAPL"))
    assert time.seconds == pytest.approx(3)


def test_a_stop_between_two_requests_sends_and_counts_no_more(fetch, vendor, time, query):
    stop = threading.Event()

    async def stopped(_seconds):
        stop.set()

    time.clock = msgspec.structs.replace(time.clock, sleep=stopped)
    report = fetch(stop, symbols=("IBM", "MSFT"))
    assert (report.interrupted, report.requests, len(vendor.asked)) == (True, 1, 1)
    assert query("select requests from ops.request_budgets") == [(1,)]


def test_a_stop_ends_a_request_that_hangs(fetch, vendor):
    vendor.hangs.add("IBM")
    stop = threading.Event()
    found = []
    thread = threading.Thread(target=lambda: found.append(fetch(stop)))
    thread.start()
    assert vendor.waiting.wait(30)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert (found[0].interrupted, found[0].bars, found[0].failures) == (True, 0, [])


def test_a_vendor_that_is_away_is_an_error_without_the_key(fetch):
    with pytest.raises(VenueAway, match="Alpha Vantage cannot be reached at http://127") as away:
        fetch(url="http://127.0.0.1:1")
    assert fake.KEY not in str(away.value)


@pytest.mark.parametrize(
    "changes, error, reason",
    [
        ({"token": ""}, SettingsError, "set STOCKPULSE_ALPHAVANTAGE_TOKEN"),
        ({"symbols": (" ",)}, UsageError, "there is no symbol"),
        ({"months": ("2026-13",)}, UsageError, "not '2026-13'"),
        ({"months": ("2026-03",)}, UsageError, "not in the future"),
        ({"interval": "1d"}, UsageError, "one of 1m, 5m, 15m, 30m, 1h, not 1d"),
    ],
)
def test_a_wrong_order_asks_for_nothing(fetch, vendor, changes, error, reason):
    with pytest.raises(error, match=reason):
        fetch(**changes)
    assert vendor.asked == []


def test_downloaded_bars_are_stored_and_shown(fetch, kafka_settings, fresh_database, topic, query):
    fetch(symbols=("IBM",), months=("2026-01",))
    settings = type(kafka_settings)(
        bootstrap_servers=kafka_settings.bootstrap_servers, database_url=fresh_database,
        topics=(topic,), group=support.unique("group"),
    )  # fmt: skip
    report = load(settings, threading.Event(), until_end=True)
    assert (report.bars, report.rejected) == (2, 0)
    assert query("select to_char(bucket, 'HH24:MI'), close::text, vendor"
                 " from market.candles('IBM', '1m')") == [
        ("14:30", "188.4000", "alphavantage"), ("14:31", "188.4000", "alphavantage"),
    ]  # fmt: skip
