"""Candles compared with those of a venue over HTTP, and why they differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from db.errors import UsageError
from ingest.klines import verify as klines
from ingest.klines.verify import Compared
from tests.db import feeds, support
from tests.db.support import MINUTE, quote, trade, utc
from tests.fakes.klines import Bar, KlinesVenue, minutes_file, quiet, running_minute

DAY = "2026-02-27"
BINANCE = {"symbol": "BINANCE:BTCUSDT", "source": "binance"}
KRAKEN = {"symbol": "KRAKEN:BTC/USD", "source": "kraken"}
NOON = utc(f"{DAY} 12:00")
PART = 153  # of a mask: 221 without the high and low of minutes and days


@contextmanager
def _no_progress(_name: str, _total: int | None, _unit: str) -> Iterator[Any]:
    yield lambda _done: None


def run(url: str, venue: KlinesVenue, minutes: int = 6, **options: Any) -> Compared:
    """Compares the first minutes after noon."""
    options = {"since": NOON, "until": NOON + minutes * MINUTE} | options
    [result] = klines.verify(url, _no_progress, url=venue.url, **options)
    return result


def shown(result: Compared) -> list[tuple[str, str, Decimal | None, Decimal | None, str]]:
    return [
        (f"{one.bucket:%H:%M}", one.field, one.ours, one.theirs, one.why)
        for one in result.differences
    ]


def fill(url: str, series: dict[str, str], *rows: tuple[float, str, str], **others: Any) -> None:
    """Stores trades of (minutes after noon, price, size)."""
    with support.connect(url) as conn:
        support.insert(
            conn,
            [
                trade(NOON + at * MINUTE, price, size, number, **series, **others)
                for number, (at, price, size) in enumerate(rows)
            ],
        )
        support.refresh(conn)


def mark(url: str, *markers: dict[str, Any]) -> None:
    with support.connect(url) as conn:
        feeds.add(conn, *markers)


def of(series: dict[str, str]) -> dict[str, Any]:
    return {**series, "kind": "trade"}


def test_candles_like_those_of_the_venue_are_equal(fresh_database: str, venue: KlinesVenue) -> None:
    fill(
        fresh_database,
        BINANCE,
        (0, "64000.10", "0.1"),
        (0.5, "64020", "0.2"),
        (0.9, "64010.5", "0.30000001"),
        (2, "63999.99", "1"),
    )
    venue.bars["BTCUSDT"] = [
        Bar(NOON, "64000.10000000", "64020.00000000", "64000.10000000", "64010.50000000",
            "0.60000001"),
        *quiet(NOON + MINUTE, 1, "64010.50000000"),
        Bar(NOON + 2 * MINUTE, "63999.99", "63999.99", "63999.99", "63999.99", "1.00000000"),
        *quiet(NOON + 3 * MINUTE, 3, "63999.99000000"),
    ]  # fmt: skip
    result = run(fresh_database, venue)
    assert (result.candles, result.differences, result.failure) == (6, [], "")


def test_pages_of_a_day_are_joined(fresh_database: str, venue: KlinesVenue) -> None:
    fill(fresh_database, BINANCE, (0, "5", "1"), (1300, "7", "2"), (1439, "7", "3"))
    venue.bars["BTCUSDT"] = [
        Bar(NOON, "5", "5", "5", "5", "1"),
        *quiet(NOON + MINUTE, 1299, "5"),
        Bar(NOON + 1300 * MINUTE, "7", "7", "7", "7", "2.5"),
        *quiet(NOON + 1301 * MINUTE, 138, "7"),
        Bar(NOON + 1439 * MINUTE, "7", "7", "7", "7", "3"),
    ]
    result = run(fresh_database, venue, 1440)
    assert (result.candles, result.unexplained) == (1440, 1)
    assert shown(result) == [("09:40", "volume", Decimal(2), Decimal("2.5"), "")]
    assert sum(target.startswith("/api/v3/klines") for target in venue.requests) == 2


def test_a_difference_without_a_reason_is_unexplained(
    fresh_database: str, venue: KlinesVenue
) -> None:
    fill(fresh_database, BINANCE, (0, "5", "1"), (2, "7", "2"), (4, "8", "1"))
    venue.bars["BTCUSDT"] = [
        Bar(NOON, "5", "6", "5", "5", "1.5"),
        Bar(NOON + MINUTE, "6", "6", "6", "6", "9"),
        Bar(NOON + 4 * MINUTE, "8", "8", "8", "8", "1"),
    ]
    result = run(fresh_database, venue)
    assert shown(result) == [
        ("12:00", "high", Decimal(5), Decimal(6), "gap: the first trade stored is of"
         " 2026-02-27 12:00:00"),
        ("12:00", "volume", Decimal(1), Decimal("1.5"), "gap: the first trade stored is of"
         " 2026-02-27 12:00:00"),
        ("12:01", "candle", None, Decimal(6), ""),
        ("12:02", "candle", Decimal(7), None, ""),
    ]  # fmt: skip
    assert (result.explained, result.unexplained) == (1, 2)


def test_what_no_feed_covered_is_a_gap(fresh_database: str, venue: KlinesVenue) -> None:
    fill(fresh_database, BINANCE, (1.6, "5", "1"), (2.2, "6", "1"), (5, "5", "2"))
    mark(
        fresh_database,
        feeds.start(f"{DAY} 12:01:30", BINANCE["symbol"], source="binance"),
        feeds.end(f"{DAY} 12:02:30", source="binance"),
        feeds.start(f"{DAY} 12:04", BINANCE["symbol"], session="two", source="binance"),
        feeds.end(f"{DAY} 12:10", "two", source="binance"),
    )
    venue.bars["BTCUSDT"] = [
        Bar(NOON, "4", "4", "4", "4", "1"),
        Bar(NOON + MINUTE, "4", "5", "4", "5", "2"),
        Bar(NOON + 2 * MINUTE, "6", "8", "6", "8", "3"),
        Bar(NOON + 3 * MINUTE, "8", "8", "7", "7", "3"),
        Bar(NOON + 4 * MINUTE, "7", "7", "7", "7", "1"),
        Bar(NOON + 5 * MINUTE, "5", "5", "5", "5", "2"),
    ]
    result = run(fresh_database, venue)
    before = "gap: the first feed began at 2026-02-27 12:01:30"
    between = "gap: no feed 12:02:30 to 12:04:00"
    assert {(bucket, why) for bucket, *_, why in shown(result)} == {
        ("12:00", before),
        ("12:01", before),
        ("12:02", between),
        ("12:03", between),
        ("12:04", ""),
    }


def test_a_gap_is_no_reason_for_more_than_the_venue_has(
    fresh_database: str, venue: KlinesVenue
) -> None:
    fill(fresh_database, BINANCE, (0.1, "5", "3"), (2, "5", "1"))
    mark(
        fresh_database,
        feeds.start(f"{DAY} 11:50", BINANCE["symbol"], source="binance"),
        feeds.end(f"{DAY} 12:00:30", source="binance"),
        feeds.start(f"{DAY} 12:01", BINANCE["symbol"], session="two", source="binance"),
        feeds.end(f"{DAY} 12:10", "two", source="binance"),
    )
    venue.bars["BTCUSDT"] = [
        Bar(NOON, "5", "5", "5", "5", "2"),
        Bar(NOON + 2 * MINUTE, "5", "5", "5", "5", "1"),
    ]
    result = run(fresh_database, venue)
    assert shown(result) == [("12:00", "volume", Decimal(3), Decimal(2), "")]


def test_trades_that_rules_keep_out_are_the_reason_if_with_them_the_candles_are_equal(
    fresh_database: str, venue: KlinesVenue
) -> None:
    fill(fresh_database, BINANCE, (0, "5", "1"), (1, "5", "1"), (2, "5", "1"))
    fill(fresh_database, BINANCE, (0.5, "9", "1"), (1.5, "9", "1"), moves=PART)
    with support.connect(fresh_database) as conn:
        conn.execute("update market.sources set rule_set = 'alpaca' where source = 'binance'")
    venue.bars["BTCUSDT"] = [
        Bar(NOON, "5", "9", "5", "9", "2"),
        Bar(NOON + MINUTE, "5", "9", "5", "9", "2.5"),
        Bar(NOON + 2 * MINUTE, "5", "5", "5", "5", "1"),
    ]
    result = run(fresh_database, venue, 3)
    why = "rule set alpaca: 1 trades do not move all of it"
    assert shown(result) == [
        ("12:00", "high", Decimal(5), Decimal(9), why),
        ("12:01", "high", Decimal(5), Decimal(9), ""),
        ("12:01", "volume", Decimal(2), Decimal("2.5"), ""),
    ]


def test_kraken_gives_the_newest_720_alone_and_the_running_minute_does_not_count(
    fresh_database: str, venue: KlinesVenue
) -> None:
    now = running_minute()
    with support.connect(fresh_database) as conn:
        support.insert(
            conn,
            [
                trade(now - 800 * MINUTE, "3", **KRAKEN),
                trade(now - 2 * MINUTE, "5", **KRAKEN),
                trade(now, "6", **KRAKEN),
            ],
        )
    venue.bars["XBTUSD"] = [
        *quiet(now - 900 * MINUTE, 898, "3.0"),
        Bar(now - 2 * MINUTE, "5.0", "5.0", "5.0", "5.0", "1.00000000"),
        *quiet(now - MINUTE, 1, "5.0"),
        Bar(now, "6.0", "6.0", "6.0", "6.0", "0.50000000"),
    ]
    options = {"since": now - 850 * MINUTE, "until": None}
    result = run(fresh_database, venue, **options)
    assert result.differences == []
    assert result.until - result.since <= 719 * MINUTE
    assert timedelta(0) <= result.since - (now - 719 * MINUTE) <= MINUTE


def test_a_feed_that_goes_on_makes_the_newest_candles_pending(
    fresh_database: str, venue: KlinesVenue
) -> None:
    now = running_minute()
    with support.connect(fresh_database) as conn:
        support.insert(conn, [trade(now - 5 * MINUTE, "5", **KRAKEN)])
        feeds.add(
            conn,
            feeds.start(feeds.ago(minutes=20), KRAKEN["symbol"], source="kraken"),
            feeds.heartbeat(feeds.ago(minutes=4), source="kraken"),
        )
    venue.bars["XBTUSD"] = [
        Bar(now - 5 * MINUTE, "5", "5", "5", "5", "1"),
        Bar(now - 2 * MINUTE, "5", "5", "5", "5", "1"),
    ]
    result = run(fresh_database, venue, since=now - 6 * MINUTE, until=now)
    assert [one.why for one in result.differences] == ["pending: our candle is not complete yet"]


def test_a_venue_that_fails_or_lacks_the_market_is_a_line(
    fresh_database: str, venue: KlinesVenue
) -> None:
    fill(fresh_database, {"symbol": "BINANCE:NONE", "source": "binance"}, (0, "5", "1"))
    assert run(fresh_database, venue).failure == "binance has no market NONE"
    venue.failing = True
    assert run(fresh_database, venue).failure.startswith("binance failed: ExchangeNotAvailable:")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"source": "sim"}, "sim publishes no candles to compare with; known are kraken, binance,"),
        ({"timeframe": "7m"}, "'7m' cannot be compared with a venue's; choose one of 1m, 5m,"),
        (
            {},
            "no candle of kraken, binance, coinbase, bybit, okx is stored between 2026-02-27 12:00"
            " and 2026-02-27 12:06 UTC",
        ),
        (
            {"until": NOON},
            "no candle of 1m between 2026-02-27 12:00 and 2026-02-27 12:00 UTC is over",
        ),
    ],
)
def test_nothing_to_compare_is_an_error(
    fresh_database: str, venue: KlinesVenue, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as error:
        run(fresh_database, venue, **options)
    assert message in str(error.value)


def test_days_follow_their_own_rules(fresh_database: str, venue: KlinesVenue) -> None:
    with support.connect(fresh_database) as conn:
        midnight = utc(f"{DAY} 00:00")
        support.insert(conn, [trade(midnight + 60 * MINUTE, "5", **BINANCE)])
        support.refresh_all(conn)
    venue.bars["BTCUSDT"] = [Bar(midnight, "5", "5", "5", "5", "1")]
    result = run(
        fresh_database, venue, timeframe="1d", since=midnight, until=midnight + 1440 * MINUTE
    )
    assert (result.candles, result.differences) == (1, [])
    assert any("interval=1d" in target for target in venue.requests)


EUR_USD = {"symbol": "DUKASCOPY:EUR/USD", "source": "dukascopy"}
SECOND_OF_NOON = 12 * 3600


def eur_usd(url: str) -> None:
    with support.connect(url) as conn:
        quotes = ((0, "1.08001"), (0.5, "1.08005"), (0.9, "1.08002"), (2, "1.08010"))
        support.insert(
            conn,
            [quote(NOON + at * MINUTE, bid, "1.09", **EUR_USD) for at, bid in quotes],
        )
        support.refresh(conn)


def test_bids_of_dukascopy_are_compared_with_its_own_minutes(
    fresh_database: str, venue: KlinesVenue
) -> None:
    eur_usd(fresh_database)
    # Months count from 00.
    venue.files["/EURUSD/2026/01/27/BID_candles_min_1.bi5"] = minutes_file(
        [
            (SECOND_OF_NOON - 60, 107999, 107999, 107999, 107999, 5.0),
            (SECOND_OF_NOON, 108001, 108002, 108001, 108005, 3.25),
            (SECOND_OF_NOON + 60, 108002, 108002, 108002, 108002, 0.0),
            (SECOND_OF_NOON + 120, 108010, 108011, 108010, 108011, 1.5),
        ]
    )
    result = run(fresh_database, venue, dukascopy_url=venue.url)
    assert (result.source, result.candles) == ("dukascopy", 3)
    assert shown(result) == [
        ("12:02", "high", Decimal("1.08010"), Decimal("1.08011"), ""),
        ("12:02", "close", Decimal("1.08010"), Decimal("1.08011"), ""),
    ]


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (None, {}, "dukascopy gave no candle of this range"),
        (b"<html>", {}, "dukascopy failed: EURUSD/2026/01/27/BID_candles_min_1.bi5: a web page"),
        (b"\x5d\x00\x00", {}, "not a file of minutes"),
        (b"", {"timeframe": "5m"}, "dukascopy has no candles of 5m, but of 1m"),
    ],
)
def test_minutes_that_dukascopy_does_not_give_are_a_line(
    fresh_database: str,
    venue: KlinesVenue,
    data: bytes | None,
    options: dict[str, Any],
    message: str,
) -> None:
    eur_usd(fresh_database)
    if data is not None:
        venue.files["/EURUSD/2026/01/27/BID_candles_min_1.bi5"] = data
    until = NOON + 5 * MINUTE
    result = run(fresh_database, venue, dukascopy_url=venue.url, until=until, **options)
    assert message in result.failure
