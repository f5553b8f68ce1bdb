"""Gaps of Alpaca: filled by the ids of the stream, once, with what was cancelled meanwhile."""

import json
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from db.errors import SettingsError
from ingest.feed import gaps
from ingest.feed.history import Gap, GapStays, Rest, VenueFailed
from ingest.feed.source import Options
from ingest.formats import feed_message
from ingest.sources import alpaca
from ingest.sources.alpaca import crypto, history
from stack.venue.alpaca import CRYPTO, AlpacaVenue, alpaca_rest
from stack.venue.market import Market
from stack.venue.thread import running as serving

TOKEN = "PK1:s3cr3t"
START = datetime(2026, 2, 27, 11, 5, tzinfo=UTC)


def at(second):
    return START + timedelta(seconds=second)


class Clock:
    second = 0

    def __call__(self):
        self.second += 1
        return at(self.second)


@pytest.fixture(params=["stocks", "crypto"])
def venue(request):
    path = CRYPTO if request.param == "crypto" else "/v2/iex"
    with serving(AlpacaVenue(TOKEN, Market(Clock()), path)) as started:
        started.page = 2
        yield started


def frames(symbol, deals, kind="t"):
    """Returns what the feed publishes of trades, or of quotes around them."""
    module = crypto if "/" in symbol else alpaca
    source = module.source(Options(symbols=(symbol,), token=TOKEN))
    keys = alpaca_rest.trade_keys if kind == "t" else alpaca_rest.quote_keys
    items = [keys(symbol, deal) | {"T": kind, "S": symbol} for deal in deals]
    return [one.value for one in source.read(alpaca_rest.encode(items), START).messages]


def session(name, symbol, since, until, kind="trade"):
    """Returns the markers of a session, behind its start and at its end."""
    start = feed_message.StartMessage(
        source="alpaca", session=name, symbol=symbol, event_kind=kind, since=at(since)
    )
    end = feed_message.EndMessage(source="alpaca", session=name, until=at(until), reason="cut")
    return feed_message.encode(start), feed_message.encode(end)


@pytest.mark.parametrize("kind", ["trade", "quote"])
def test_a_gap_is_filled_once(
    venue, kind, monkeypatch, store_all, query, fresh_database, kafka_settings, read_topic, topic
):
    """Of ten events the third to the eighth are missing, but for the third: it came unmarked."""
    no_pause = msgspec.structs.replace(alpaca.HISTORY, pause=0.0)
    monkeypatch.setattr(alpaca, "HISTORY", no_pause)
    name = "BTC/USD" if venue.endpoint == CRYPTO else "AAPL"
    symbol = crypto.symbol_of(name)
    deals = [venue.market.trade(name) for _ in range(10)]
    letter, table = ("t", "trades") if kind == "trade" else ("q", "quotes")
    live = [frames(name, [deal], letter)[0] for deal in deals]
    first, second = session("a", symbol, 0, 2, kind), session("b", symbol, 9, 12, kind)
    store_all([first[0], *live[:2], first[1], live[2], second[0], *live[8:], second[1]])
    venue.dead[deals[2].id] = "canceled"  # stored
    venue.dead[deals[4].id] = "canceled"  # not stored
    asked = {"url": venue.rest_url, "token": TOKEN, "topic": topic}
    for _ in range(2):
        [found] = gaps.find(fresh_database, source="alpaca", until=at(12))
        assert (found.gap.since, found.gap.until) == (at(2), at(9))
        stop = threading.Event()
        done = gaps.fill(kafka_settings, fresh_database, found, stop, **asked)
        assert done.stays == ""
    published = [record.value for record in read_topic(topic)]
    store_all(published)
    rows = [
        ts for (ts,) in query(f"select ts from market.{table} where symbol = %s order by 1", symbol)
    ]
    assert rows == [
        at(second) for second in ((1, 2, 4, 6, 7, 8, 9, 10) if kind == "trade" else range(1, 11))
    ]
    assert gaps.find(fresh_database, source="alpaca", until=at(12)) == []
    assert store_all(published).rows == 0
    assert {one["feed"] for one in venue.asked if "feed" in one} == (
        set() if "/" in name else {"iex"}
    )


def tick_of(**changes):
    keys = alpaca_rest.trade_keys("AAPL", Market(Clock()).trade("AAPL"))
    return json.loads(alpaca_rest.encode(keys | changes))


GAP = Gap("alpaca", "AAPL", "trade", at(0), at(60), "no feed")
WRONG = {
    "HTML": "<html>",
    "null": "null",
    "a message": '{"message":"no"}',
    "a number": '{"trades":7}',
    "no list": '{"trades":{"AAPL":7}}',
    "no object": '{"trades":{"AAPL":[7]}}',
    "a bad token": '{"trades":{},"next_page_token":7}',
    "no keys": '{"trades":{"AAPL":[{"t":"2026-02-27T11:05:00Z"}]}}',
    "no id": json.dumps({"trades": {"AAPL": [tick_of(i=None)]}}),
    "a bad price": json.dumps({"trades": {"AAPL": [tick_of(p="x")]}}),
    "too deep": "[" * 100_000,
}


class Answering:
    """A history that gives one answer to whatever is asked."""

    feed = ""

    def __init__(self, text):
        self.text = text

    def get(self, _path, _params):
        return self.text.encode()


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_no_answer_fails_in_one_line(text):
    with pytest.raises(VenueFailed, match=r"^Alpaca's answer about AAPL cannot be read") as raised:
        list(history.trades(Answering(text), GAP))
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("trades", [[], [tick_of()]], ids=["empty", "full"])
@pytest.mark.parametrize("is_new", [False, True], ids=["one token", "new tokens"])
def test_pages_without_an_end_fail(trades, is_new):
    class Endless(Answering):
        asked = 0

        def get(self, _path, _params):
            self.asked += is_new
            page = {"trades": {"AAPL": trades}, "next_page_token": f"a{self.asked}"}
            return json.dumps(page).encode()

    with pytest.raises(VenueFailed, match="again and again"):
        list(history.trades(Endless(""), GAP))


def test_a_gap_that_has_just_ended_stays_for_a_moment():
    gap = GAP._replace(until=datetime.now(UTC))
    with pytest.raises(GapStays, match="too recent"):
        list(history.trades(Answering('{"trades":{},"next_page_token":null}'), gap))


def test_an_empty_answer_is_one():
    assert list(history.trades(Answering('{"trades":{},"next_page_token":null}'), GAP)) == []


def test_a_refusal_is_told_with_the_venues_reason(venue):
    with (
        Rest(venue.rest_url, 0.0, threading.Event(), {"APCA-API-KEY-ID": "x"}) as rest,
        pytest.raises(VenueFailed, match=r"answers with HTTP 403: forbidden\."),
    ):
        list(history.trades(rest, GAP))


def test_a_fill_asks_for_the_key_by_name(kafka_settings, fresh_database):
    with pytest.raises(SettingsError, match="STOCKPULSE_ALPACA_TOKEN"):
        gaps.fill(kafka_settings, fresh_database, gaps.Found(GAP, True), threading.Event())
