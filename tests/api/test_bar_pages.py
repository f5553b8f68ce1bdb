"""market.bar_page() and market.series_bars(), as people call them in SQL."""

import psycopg
import pytest
from psycopg import errors as pg

from tests.api.store import Store, minutes

PAGE = "select symbol, to_char(bucket at time zone 'UTC', 'HH24:MI') from market.bar_page({}) "


@pytest.fixture
def two_symbols(store: Store) -> Store:
    """Bars of A from 12:00 to 12:02, of B from 12:02 to 12:05."""
    store.ticks("A", minutes(3))
    store.ticks("B", minutes(4, start=2))
    return store


def _page(store: Store, arguments: str, zone: str = "UTC") -> list[str]:
    with psycopg.connect(store.url, options=f"-c timezone={zone}") as conn:
        conn.execute("set role stockpulse_reader")
        rows = conn.execute(PAGE.format(arguments))  # type: ignore[arg-type]
        return [f"{symbol} {time}" for symbol, time in rows]


@pytest.mark.parametrize(
    "arguments, bars",
    [
        ("max_bars => 4", ["A 12:00", "A 12:01", "A 12:02", "B 12:02"]),
        ("max_bars => 4, newest_first => true", ["A 12:02", "A 12:01", "A 12:00", "B 12:05"]),
        ("max_bars => 4, share => 'by time'", ["A 12:00", "A 12:01", "A 12:02", "B 12:02"]),
        (
            "max_bars => 5, share => 'by time', newest_first => true",
            ["B 12:05", "B 12:04", "B 12:03", "A 12:02", "B 12:02"],
        ),
        ("max_bars => 1, share => 'each'", ["A 12:00", "B 12:02"]),
        ("max_bars => 1, share => 'each', newest_first => true", ["A 12:02", "B 12:05"]),
        ("max_bars => 9, share => 'by time', since => '2026-02-27 12:04Z'", ["B 12:04", "B 12:05"]),
        ("until => '2026-02-27 12:01Z'", ["A 12:00"]),
        ("source => 'other'", []),
        (
            "max_bars => 2, after_symbol => 'A', after_source => 'sim',"
            " after_bucket => '2026-02-27 12:01Z'",
            ["A 12:02", "B 12:02"],
        ),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_symbols_share_a_page(
    two_symbols: Store, arguments: str, bars: list[str], zone: str
) -> None:
    assert _page(two_symbols, f"'{{B,A,NOPE}}', '1m', {arguments}", zone) == bars


@pytest.mark.parametrize("share", ["in turn", "by time", "each"])
def test_a_page_without_a_limit_has_all_bars(two_symbols: Store, share: str) -> None:
    page = _page(two_symbols, f"'{{A,B}}', '1m', max_bars => null, share => '{share}'")
    assert len(page) == 7


@pytest.mark.parametrize("share", ["in turn", "by time", "each"])
def test_a_page_of_unknown_symbols_is_empty(store: Store, share: str) -> None:
    assert _page(store, f"'{{NOPE}}', '1m', share => '{share}'") == []


@pytest.mark.parametrize(
    "arguments, message",
    [
        ("'{A}', '7m'", "unknown timeframe '7m': 7m does not divide a day"),
        ("'{A}', null", "unknown timeframe NULL"),
        ("'{A}', '1m', price => 'last'", "unknown price 'last'"),
        ("'{A}', '1m', adjustment => 'all'", "unknown adjustment 'all'"),
        ("'{A}', '1m', share => 'fair'", "unknown share 'fair'"),
        ("'{A}', '1m', share => null", "unknown share NULL"),
    ],
)
def test_unknown_arguments_are_errors_that_name_the_known_ones(
    two_symbols: Store, arguments: str, message: str
) -> None:
    with pytest.raises(pg.InvalidParameterValue) as refused:
        _page(two_symbols, arguments)
    assert refused.value.diag.message_primary == message
    assert (refused.value.diag.message_hint or "").startswith(("known are ", "possible are "))


def test_every_timeframe_has_candles_of_its_width(fresh_database: str) -> None:
    with psycopg.connect(fresh_database) as conn:
        rows = conn.execute(
            "select to_regclass('market.candles_' || timeframe) is not null"
            " and to_regclass('market.quote_candles_' || timeframe) is not null,"
            " width = (market.timeframe_of(timeframe)).width from market.timeframes"
        ).fetchall()
    assert rows
    assert all(exists and same_width for exists, same_width in rows)
