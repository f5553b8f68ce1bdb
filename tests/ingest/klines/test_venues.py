"""Candles of each venue, as it writes, orders and limits them."""

from contextlib import closing
from decimal import Decimal

import pytest

from db.errors import UsageError
from ingest.feed.history import VenueFailed
from ingest.klines.kline import Asked, Given, Kline
from ingest.klines.venues import Client, pages_of
from tests.db.support import MINUTE, utc
from tests.fakes.klines import Bar, KlinesVenue

START = utc("2026-02-27 12:00")
SERIES = [
    ("binance", "BINANCE:BTCUSDT", "BTCUSDT"),
    ("bybit", "BYBIT:BTCUSDT", "BTCUSDT"),
    ("coinbase", "COINBASE:BTC-USD", "BTC-USD"),
    ("kraken", "KRAKEN:BTC/USD", "XBTUSD"),
    ("okx", "OKX:BTC-USDT", "BTC-USDT"),
    ("okx", "OKX:BTC-USDT-SWAP", "BTC-USDT-SWAP"),
]


def asked(source: str, symbol: str, minutes: int) -> Asked:
    return Asked(symbol, source, "1m", MINUTE, START, START + minutes * MINUTE)


def ask(venue: KlinesVenue, source: str, symbol: str, minutes: int) -> Given:
    with closing(Client(source.partition(".")[0], venue.url)) as client:
        question = asked(source, symbol, minutes)
        return client.ask(question, question.until, lambda _done: None)


def bars(minutes: int) -> list[Bar]:
    """Returns bars whose closing price is their number."""
    return [
        Bar(START + one * MINUTE, "0.00000010", "700", "0", str(one), "123456789.00000001")
        for one in range(minutes)
    ]


@pytest.mark.parametrize(("source", "symbol", "market"), SERIES)
def test_every_candle_of_every_page_is_exact(
    venue: KlinesVenue, source: str, symbol: str, market: str
) -> None:
    outside = Bar(START - MINUTE, "1", "1", "1", "1", "1")
    venue.bars[market] = [outside, *bars(719)[5:]]
    given = ask(venue, source, symbol, 718)
    assert len(given.klines) == 713
    assert given.klines[START + 300 * MINUTE] == Kline(
        START + 300 * MINUTE,
        Decimal("1e-7"),
        Decimal(700),
        Decimal(0),
        Decimal(300),
        Decimal("0.77" if "SWAP" in symbol else "123456789.00000001"),
    )
    assert given.has_volume is ("SWAP" not in symbol)
    assert (given.since, given.until) == (START, START + 718 * MINUTE)


def test_as_many_requests_are_made_as_pages_fit_in() -> None:
    assert [pages_of(venue, asked("", "", 1441)) for venue in ("kraken", "okx", "binance")] == [
        1,
        15,
        2,
    ]
    assert pages_of("binance", asked("", "", 1000)) == 1


def test_a_spot_market_is_meant_where_a_swap_has_the_same_id(venue: KlinesVenue) -> None:
    venue.bars["BTCUSDT"] = bars(2)
    assert len(ask(venue, "bybit", "BYBIT:BTCUSDT", 2).klines) == 2
    [request] = [each for each in venue.requests if each.startswith("/v5/market/kline")]
    assert "category=spot" in request
    assert len(ask(venue, "bybit.linear", "BYBIT:BTCUSDT", 2).klines) == 2
    assert "category=linear" in venue.requests[-1]
    assert len(ask(venue, "bybit", "BYBIT:BTCUSDT.P", 2).klines) == 2
    assert "category=linear" in venue.requests[-1]
    with pytest.raises(UsageError, match="bybit has no inverse market BTCUSDT"):
        ask(venue, "bybit.inverse", "BYBIT:BTCUSDT", 2)


def test_a_range_of_which_a_venue_has_nothing_is_not_taken_for_equal(venue: KlinesVenue) -> None:
    with pytest.raises(VenueFailed, match="kraken gave no candle of this range"):
        ask(venue, "kraken", "KRAKEN:BTC/USD", 2)
