"""`stockpulse verify --against venue`: what it prints, and its exit code."""

from datetime import UTC, datetime

import pytest

from cli import settings
from cli.verify_venue import verify_venue
from tests.db import feeds, support
from tests.db.support import MINUTE, trade, utc
from tests.fakes.klines import Bar, klines_venue, quiet

NOON = utc("2026-02-27 12:00")
SERIES = {"symbol": "BINANCE:BTCUSDT", "source": "binance"}
RANGE = ("--since", "2026-02-27T12:00", "--until", "2026-02-27T12:04")


def test_differences_and_their_reasons_are_printed(run, environ, fresh_database):
    with support.connect(fresh_database) as conn:
        support.insert(conn, [trade(NOON + one * MINUTE, "5.10", **SERIES) for one in range(4)])
    with klines_venue() as venue:
        venue.bars["BTCUSDT"] = [
            Bar(NOON + one * MINUTE, "5.10", "5.10", "5.10", "5.10", "1") for one in range(4)
        ]
        words = ("verify", "--against", "venue", "--url", venue.url, *RANGE)
        ended = run(environ, *words)
        assert (ended.code, ended.out) == (
            0,
            "binance BINANCE:BTCUSDT: 4 candles of 1m from 2026-02-27 12:00 to 2026-02-27 12:04:"
            " 4 equal, 0 differ for a known reason, 0 unexplained\n",
        )
        venue.bars["BTCUSDT"][2:] = [
            Bar(NOON + 2 * MINUTE, "5.10", "5.20", "5.10", "5.10", "1.00000001"),
            *quiet(NOON + 3 * MINUTE, 1, "5.10"),
        ]
        ended = run(environ, *words, "--symbol", "BINANCE:BTCUSDT", "--source", "Binance")
    assert ended.code == 1
    assert [line.split() for line in ended.out.splitlines()[1:]] == [
        ["bucket", "figure", "ours", "venue's", "why"],
        ["2026-02-27", "12:02", "high", "5.10", "5.20", "unexplained"],
        ["2026-02-27", "12:02", "volume", "1", "1.00000001", "unexplained"],
        ["2026-02-27", "12:03", "candle", "5.10", "none", "unexplained"],
    ]


@pytest.mark.long
def test_a_candle_that_stays_pending_is_no_success(run, environ, fresh_database):
    minute = datetime.now(UTC).replace(second=0, microsecond=0) - 5 * MINUTE
    with support.connect(fresh_database) as conn:
        support.insert(conn, [trade(minute, "5", **SERIES)])
        feeds.add(
            conn,
            feeds.start(feeds.ago(minutes=20), SERIES["symbol"], source="binance"),
            feeds.heartbeat(feeds.ago(minutes=8), source="binance"),
        )
    with klines_venue() as venue:
        venue.bars["BTCUSDT"] = [Bar(minute, "5", "5", "5", "5", "2")]
        words = ("verify", "--against", "venue", "--url", venue.url)
        words += ("--since", minute.isoformat(), "--until", (minute + MINUTE).isoformat())
        ended = run(environ, *words, "--allow-pending")
        assert (ended.code, ended.out.splitlines()[-1]) == (
            0, "1 candle is pending; compare again later",
        )  # fmt: skip
        with pytest.raises(SystemExit, match="1"):
            verify_venue(
                settings.read(environ), timeframe="1m", since=minute, until=minute + MINUTE,
                symbol=None, source=None, url=venue.url, patience=0.5,
            )  # fmt: skip


def test_a_venue_that_does_not_answer_is_one_line(run, environ, fresh_database):
    with support.connect(fresh_database) as conn:
        support.insert(conn, [trade(NOON, "5.10", **SERIES)])
    words = ("verify", "--against", "venue", "--url", "http://127.0.0.1:1", *RANGE)
    ended = run(environ, *words)
    assert ended.code == 1
    assert ended.error.startswith(
        "stockpulse: binance BINANCE:BTCUSDT: binance failed: NetworkError:"
    )
    assert "Traceback" not in ended.err


def test_options_that_do_not_fit_are_refused(run, environ):
    ended = run(environ, "verify", "--against", "venue", "--sample", "5")
    assert (ended.code, ended.error) == (
        1, "stockpulse: --sample does not go with --against venue",
    )  # fmt: skip


def test_dukascopy_is_asked_only_if_its_terms_are_accepted(run, environ):
    ended = run(environ, "verify", "--against", "venue", "--source", "dukascopy", *RANGE)
    assert ended.code == 1
    assert "Dukascopy's terms of use forbid scraping" in ended.error
