"""Downloads of bars from a fake Yahoo, which the library yfinance really asks."""

import json
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from db.errors import UsageError
from ingest.download.bars.order import BarOrder
from ingest.download.bars.run import download_bars
from ingest.sources import yahoo
from tests.fakes.yahoo import FakeYahoo, Row, serving
from tests.ingest.download.clocks import FakeTime

pytest.importorskip("yfinance")
# Of the library's own use of pandas.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

# A Friday of 2026, in New York's trading hours.
NOW = datetime(2026, 2, 27, 15, 2, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OPEN = NOW.replace(minute=0, second=0)


@pytest.fixture
def venue():
    return FakeYahoo()


@pytest.fixture
def address(venue, monkeypatch):
    """The fake's address, which the library asks in place of Yahoo's."""
    with serving(venue) as url:
        for module in ("yfinance.base", "yfinance.scrapers.history"):
            monkeypatch.setattr(sys.modules[module], "_BASE_URL_", url)
        data = sys.modules["yfinance.data"].YfData
        monkeypatch.setattr(data, "_get_cookie_and_crumb", lambda *_: ("crumb", "basic"))
        data.cache_get.cache_clear()
        yield url


@pytest.fixture
def fetch(kafka_settings, fresh_database, topic, address):
    """Downloads AAPL's bars of the last seven days."""

    def run(stop=None, now=NOW, **changes):
        order = {"vendor": "yahoo", "symbols": ("AAPL",), "topic": topic, **changes}
        stop = stop or threading.Event()
        clock = FakeTime(now).clock
        return download_bars(kafka_settings, fresh_database, BarOrder(**order), stop, clock)

    return run


@pytest.fixture
def published(read_topic, topic):
    """Returns the messages of the topic."""
    return lambda: [json.loads(record.value) for record in read_topic(topic)]


def bars(first, count, price=189.72, volume=1200):
    return [Row(first + n * MINUTE, (price,) * 4, volume) for n in range(count)]


def starts(messages):
    return [message["bar_start"][5:16] for message in messages]


def test_prices_have_the_digits_that_yahoo_means(fetch, venue, published):
    venue.rows["AAPL"] = [Row(OPEN, (189.72, 190.115, 0.08341, 1.5), 1200)]
    report = fetch()
    assert (report.bars, report.requests, report.failures) == (1, 1, [])
    assert published() == [
        {
            "v": 1, "kind": "bar", "source": "yahoo", "symbol": "AAPL", "interval": "1m",
            "bar_start": "2026-02-27T15:00:00Z", "open": "189.72", "high": "190.115",
            "low": "0.08341", "close": "1.5", "volume": "1200", "final": True,
            "received_at": "2026-02-27T15:02:40Z",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    "price, text",
    [
        (189.72000122070312, "189.72"),
        (64012.1015625, "64012.1"),
        (130000000.0, "130000000"),
        (0.00001234, "0.00001234"),
        (0.0, "0"),
        (-37.63, "-37.63"),
    ],
)
def test_a_price_is_plain_with_seven_digits(price, text):
    assert yahoo._text(price) == text


def test_the_running_row_the_latest_price_and_minutes_without_are_left_out(fetch, venue, published):
    venue.rows["AAPL"] = [
        *bars(OPEN, 1),
        Row(OPEN + MINUTE, None),
        *bars(OPEN + 2 * MINUTE, 1),  # until 15:03
        Row(NOW.replace(second=31), (1.0,) * 4),
    ]
    assert fetch().bars == 1
    assert starts(published()) == ["02-27T15:00"]


def test_the_reach_is_asked_for_in_pieces_of_a_week(fetch, venue, published):
    days = [OPEN - timedelta(days=n) for n in (0, 4, 11, 24)]
    venue.rows["AAPL"] = [row for day in reversed(days) for row in bars(day, 2)]
    since = NOW - timedelta(days=25)
    assert fetch(since=since).bars == 8
    spans = [(start.date() - end.date()).days for _, start, end in venue.asked]
    assert spans == [-7, -7, -7, -4]
    assert len({message["bar_start"] for message in published()}) == 8


def test_bars_before_a_split_are_left_out(fetch, venue, published):
    venue.rows["AAPL"] = [*bars(OPEN - timedelta(days=9), 1), *bars(OPEN - timedelta(days=2), 1),
                          *bars(OPEN - timedelta(days=1), 2)]  # fmt: skip
    venue.splits["AAPL"] = (OPEN - timedelta(days=1), 4, 1)
    assert fetch(since=NOW - timedelta(days=20)).bars == 2
    assert {start[:5] for start in starts(published())} == {"02-26"}


def test_a_limit_is_told_from_an_empty_answer(fetch, venue):
    venue.rows["AAPL"] = bars(OPEN, 1)
    venue.refuses = True
    report = fetch(symbols=("AAPL", "MSFT"))
    assert (report.bars, report.limit) == (0, "Yahoo takes no more requests for now")
    assert report.goes_on_at == NOW + timedelta(minutes=15)
    venue.refuses = False
    assert fetch().requests == 0
    assert fetch(now=NOW + timedelta(minutes=16)).bars == 1


def test_an_unknown_ticker_is_a_line_and_the_others_go_on(fetch, venue):
    venue.rows["AAPL"] = bars(OPEN, 1)
    venue.rows["QUIET"] = bars(OPEN - timedelta(days=20), 1)
    report = fetch(symbols=("AAPL", "NOPE", "QUIET"))
    assert report.bars == 1
    nope, quiet = report.failures
    assert nope.startswith("NOPE: ")
    assert quiet.startswith("QUIET: ")


def test_a_stop_leaves_a_request_that_hangs_behind(fetch, venue):
    venue.hangs = True
    stop = threading.Event()
    found = []
    thread = threading.Thread(target=lambda: found.append(fetch(stop)))
    thread.start()
    assert venue.waiting.wait(30)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert (found[0].interrupted, found[0].bars) == (True, 0)


@pytest.mark.parametrize(
    "given, ticker, symbol",
    [
        ("aapl", "AAPL", "AAPL"),
        ("BRK.B", "BRK-B", "BRK.B"),
        ("BRK-B", "BRK-B", "BRK.B"),
        ("BTC-USD", "BTC-USD", "YAHOO:BTC-USD"),
        ("YAHOO:BTC-USD", "BTC-USD", "YAHOO:BTC-USD"),
        ("TSCO.L", "TSCO.L", "YAHOO:TSCO.L"),
        ("^GSPC", "^GSPC", "YAHOO:^GSPC"),
        ("EURUSD=X", "EURUSD=X", "YAHOO:EURUSD=X"),
    ],
)
def test_stocks_of_the_united_states_have_no_venue(given, ticker, symbol):
    assert yahoo.ticker_of(given) == ticker
    assert yahoo.symbol_of(ticker) == symbol


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"since": NOW - timedelta(days=31)}, "of the last 30 days only, not since 2026-01-27"),
        ({"since": NOW + timedelta(days=1)}, "of the last 30 days only"),
        ({"since": NOW - timedelta(days=61), "interval": "5m"}, "of the last 60 days only"),
        ({"interval": "1h"}, "one of 1m, 5m, 15m, 30m, not 1h"),
        ({"symbols": ()}, "there is no symbol"),
    ],
)
def test_a_wrong_order_asks_for_nothing(fetch, venue, changes, reason):
    with pytest.raises(UsageError, match=reason):
        fetch(**changes)
    assert venue.asked == []


def test_without_the_library_the_extra_is_named(fetch, monkeypatch):
    yahoo.library.cache_clear()
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(UsageError, match=r"yfinance is missing: pip install 'stockpulse\[yahoo\]'"):
        fetch()
