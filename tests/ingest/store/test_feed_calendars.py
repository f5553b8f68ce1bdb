"""Weekends, holidays and changes of daylight saving: closed for a feed, and never a gap of it."""

from datetime import UTC, date, datetime

import pytest
from msgspec import UNSET

from db import trading_calendars
from ingest.formats import feed_message
from ingest.sources import finnhub
from ingest.sources.kraken import ticks
from tests.ingest import made

SHARE, CURRENCY, COIN = "AAPL", "OANDA:EUR_USD", "BINANCE:BTCUSDT"


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def start(since, symbol=SHARE, session="one", instrument=None):
    return feed_message.encode(
        feed_message.StartMessage(
            source="finnhub", session=session, symbol=symbol, event_kind="trade",
            since=moment(since),
            instrument=instrument or finnhub.instrument_of(symbol) or UNSET,
        )
    )  # fmt: skip


def end(until, session="one"):
    return feed_message.encode(
        feed_message.EndMessage(
            source="finnhub", session=session, until=moment(until), reason="stopped"
        )
    )


@pytest.fixture
def fed(store_all, query, fresh_database):
    """Stores two sessions around a break, gives the gaps and the states of its hours."""

    def run(symbol, first, ended, started, last, *, calendars=("XNYS", "FX")):
        for calendar in calendars:
            days = moment(first).date(), moment(last).date()
            since, until = date(days[0].year, days[0].month, 1), date(days[1].year, 12, 31)
            trading_calendars.load(fresh_database, calendar, since, until)
        store_all(
            [start(first, symbol), end(ended)],
            [start(started, symbol, "two"), end(last, "two")],
        )
        times = moment(first), moment(last)
        gaps = query("select since, until from market.gaps(%s, 'finnhub', %s, %s)", symbol, *times)
        states = query(
            "select distinct state from market.coverage(%s, '1h', %s, %s, 'finnhub')",
            symbol, moment(ended), moment(started),
        )  # fmt: skip
        found = [tuple(f"{time:%m-%d %H:%M}" for time in gap) for gap in gaps]
        return found, {state for (state,) in states}

    return run


# Sessions from 04:00 to 20:00 in New York, which opens at 09:30; from 17:00 to 17:00 of currencies.
BREAKS = {
    "weekend": (SHARE, "2026-02-20 09:00", "2026-02-21 01:00", "2026-02-23 09:00"),
    "holiday": (SHARE, "2026-02-13 09:00", "2026-02-14 01:00", "2026-02-17 09:00"),
    "night": (SHARE, "2026-02-25 09:00", "2026-02-26 01:00", "2026-02-26 09:00"),
    "early close": (SHARE, "2025-11-28 09:00", "2025-11-28 18:00", "2025-12-01 09:00"),
    "to summer time": (SHARE, "2025-03-07 09:00", "2025-03-08 01:00", "2025-03-10 08:00"),
    "to winter time": (SHARE, "2025-10-31 08:00", "2025-11-01 00:00", "2025-11-03 09:00"),
    "week of currencies": (CURRENCY, "2026-02-20 09:00", "2026-02-20 22:00", "2026-02-22 22:00"),
    "currencies to summer time": (
        CURRENCY, "2025-03-07 09:00", "2025-03-07 22:00", "2025-03-09 21:00",
    ),
    "currencies to winter time": (
        CURRENCY, "2025-10-31 09:00", "2025-10-31 21:00", "2025-11-02 22:00",
    ),
}  # fmt: skip


@pytest.mark.parametrize("times", BREAKS.values(), ids=BREAKS)
def test_a_break_while_the_market_is_closed_is_closed_and_no_gap(fed, times):
    symbol, first, ended, started = times
    last = f"{started[:10]} 23:00"
    assert fed(symbol, first, ended, started, last) == ([], {"closed"})


@pytest.mark.parametrize(
    "symbol, ended, started, gaps",
    [
        (SHARE, "2025-03-07 20:45", "2025-03-10 13:40",
         [("03-07 20:45", "03-07 21:00"), ("03-10 13:30", "03-10 13:40")]),
        (SHARE, "2025-10-31 19:45", "2025-11-03 14:40",
         [("10-31 19:45", "10-31 20:00"), ("11-03 14:30", "11-03 14:40")]),
        (CURRENCY, "2025-03-07 21:45", "2025-03-09 21:10",
         [("03-07 21:45", "03-07 22:00"), ("03-09 21:00", "03-09 21:10")]),
        (CURRENCY, "2025-10-31 20:45", "2025-11-02 22:10",
         [("10-31 20:45", "10-31 21:00"), ("11-02 22:00", "11-02 22:10")]),
        (COIN, "2026-02-21 01:00", "2026-02-23 09:00", [("02-21 01:00", "02-23 09:00")]),
    ],
    ids=[
        "to summer time", "to winter time",
        "currencies to summer time", "currencies to winter time", "crypto",
    ],
)  # fmt: skip
def test_what_is_missing_while_the_market_is_open_is_a_gap(fed, symbol, ended, started, gaps):
    first, last = f"{ended[:10]} 00:00", f"{started[:10]} 23:00"
    assert fed(symbol, first, ended, started, last)[0] == gaps


def test_without_sessions_nothing_is_closed(fed):
    times = BREAKS["weekend"]
    assert fed(*times, "2026-02-23 23:00", calendars=()) == (
        [("02-21 01:00", "02-23 09:00")],
        {"no feed"},
    )


def instruments(query):
    return query(
        "select symbol, asset_class, base, quote, price_scale, calendar from market.instruments"
        " order by symbol"
    )


def test_a_start_describes_its_instrument_and_leaves_what_people_have_set(store_all, query):
    query(
        "insert into market.instruments (symbol, calendar) values ('AAPL', 'XLON'), ('MSFT', null)"
    )
    store_all(
        [
            start("2026-02-27 12:00"),
            start("2026-02-27 12:00", "MSFT"),
            start("2026-02-27 12:00", "KRAKEN:BTC/USD", instrument=ticks.instrument_of("BTC/USD")),
            start("2026-02-27 12:00", "ODD:1"),
        ]
    )
    assert instruments(query) == [
        ("AAPL", "equity", None, None, None, "XLON"),
        ("KRAKEN:BTC/USD", "crypto", "BTC", "USD", None, "24/7"),
        ("MSFT", "equity", None, None, None, "XNYS"),
    ]


def test_an_instrument_that_is_known_is_not_written_again(store_all, query):
    def version():
        return query("select xmin::text from market.instruments where symbol = 'AAPL'")

    store_all([start("2026-02-27 12:00"), made.trade(1)])
    [first] = version()
    store_all([start("2026-02-27 12:00", session="two")], [start("2026-02-27 12:01")])
    assert version() == [first]


def test_an_instrument_that_the_database_refuses_rejects_its_start_alone(store_all, query):
    query("alter table market.instruments add constraint house_rule check (calendar <> 'XNYS')")
    stored = store_all([start("2026-02-27 12:00"), start("2026-02-27 12:00", COIN)])
    assert stored.rejects == {"refused by the database": 1}
    assert [row[0] for row in instruments(query)] == [COIN]
