"""Bars and marks as charts ask for them: `to` is exclusive, countback beats `from`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.conftest import Serve
from tests.api.store import NOON, Quote, Store, Tick, at, minutes

SYMBOL = "KRAKEN:BTC/USD"
NOON_S = 1772193600
DAY_S = 1772150400  # 27 February 2026


def _history(api: httpx.Client, **params: object) -> Any:
    sent = {"symbol": SYMBOL, "resolution": "1", "from": 0, "to": NOON_S + 86_400} | params
    answer = api.get("/udf/history", params=sent)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.json()


def _minutes(api: httpx.Client, **params: object) -> list[int]:
    return [(start - NOON_S) // 60 for start in _history(api, **params)["t"]]


def test_bars_are_lists_of_numbers_with_all_their_digits(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, [Tick(at("12:00:01"), "64012.10", "0.5"), Tick(at("12:00:02"), "64000")])
    store.ticks(SYMBOL, [Tick(at("12:07:00"), "64020.5", None)])
    answer = api.get(
        "/udf/history",
        params={"symbol": SYMBOL, "resolution": "1", "from": NOON_S, "to": NOON_S + 600},
    )
    assert answer.text == (
        f'{{"s":"ok","t":[{NOON_S},{NOON_S + 420}],"o":[64012.10,64020.5],"h":[64012.10,64020.5],'
        '"l":[64000,64020.5],"c":[64000,64020.5],"v":[1.5,0]}'
    )


def test_to_is_exclusive_and_countback_beats_from(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(10))
    window = {"from": NOON_S + 120, "to": NOON_S + 300}
    assert _minutes(api, **window) == [2, 3, 4]
    assert _minutes(api, **window, countback=2) == [3, 4]
    assert _minutes(api, **window, countback=100) == [0, 1, 2, 3, 4]


def test_a_chart_that_meets_a_gap_is_told_where_the_bars_before_it_end(
    api: httpx.Client, store: Store
) -> None:
    store.ticks(SYMBOL, minutes(3))
    later = {"from": NOON_S + 3600, "to": NOON_S + 7200}
    assert _history(api, **later) == {"s": "no_data", "nextTime": NOON_S + 120}
    assert _history(api, resolution="1D", **{"from": DAY_S + 86_400, "to": DAY_S + 172_800}) == {
        "s": "no_data",
        "nextTime": DAY_S,
    }
    # before the first bar there is nothing to go on to: without nextTime the chart stops asking
    assert _history(api, **{"from": NOON_S - 3600, "to": NOON_S}) == {"s": "no_data"}
    assert _history(api, **{"from": 0, "to": NOON_S, "countback": 300}) == {"s": "no_data"}
    assert _minutes(api, **later, countback=2) == [1, 2]


def test_mid_prices_have_no_volume(api: httpx.Client, store: Store) -> None:
    store.quotes("OANDA:EUR/USD", [Quote(NOON, "1.1", "1.3")])
    found = _history(api, symbol="OANDA:EUR/USD")
    assert found == {"s": "ok", "t": [NOON_S], "o": [1.2], "h": [1.2], "l": [1.2], "c": [1.2]}


@pytest.mark.parametrize(
    "resolution, start",
    [
        ("1S", NOON_S + 90),
        ("3", NOON_S),
        ("60", NOON_S),
        ("240", NOON_S),
        ("D", DAY_S),
        ("1D", DAY_S),
        ("1W", DAY_S - 4 * 86_400),
        ("1M", 1769904000),
    ],
)
def test_a_bar_of_each_resolution_begins_where_charts_expect_it(
    api: httpx.Client, store: Store, resolution: str, start: int
) -> None:
    store.ticks(SYMBOL, [Tick(NOON + timedelta(seconds=90), "1")])
    assert _history(api, resolution=resolution)["t"] == [start]


def test_times_beyond_all_years_are_taken_as_none(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(1))
    assert _minutes(api, **{"from": -999_999_999_999, "to": 999_999_999_999}) == [0]


def _listed(store: Store) -> None:
    """AAPL with regular hours from Thursday to Monday, 14:30 to 21:00 UTC, and ticks around."""
    with psycopg.connect(store.url) as conn:
        for day in ("2026-02-26", "2026-02-27", "2026-03-02"):
            opens = datetime.fromisoformat(f"{day}T14:30+00:00")
            conn.execute(
                "insert into market.sessions values ('XNYS', %s, %s, %s)",
                [opens.date(), opens, opens + timedelta(hours=6.5)],
            )
    store.ticks(
        "AAPL",
        [
            Tick(datetime(2026, 2, 26, 14, 30, tzinfo=UTC), "100"),
            Tick(datetime(2026, 2, 26, 20, 59, tzinfo=UTC), "101"),
            Tick(at("13:00:00"), "50"),  # before the opening
            Tick(at("14:30:00"), "102"),
            Tick(at("20:59:59"), "103"),
            Tick(at("21:00:00"), "150"),  # after the close
        ],
    )
    store.execute("update market.instruments set calendar = 'XNYS' where symbol = 'AAPL'")


def test_bars_outside_of_the_sessions_are_left_out(api: httpx.Client, store: Store) -> None:
    _listed(store)
    end = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    found = _history(api, symbol="AAPL", to=end)
    assert found["c"] == [100, 101, 102, 103]
    assert _history(api, symbol="AAPL", to=end, countback=3)["c"] == [101, 102, 103]
    # 13:00 to 14:00 is all before the opening, 14:00 to 15:00 is not
    assert _history(api, symbol="AAPL", to=end, resolution="60", countback=2)["c"] == [102, 103]


def test_bars_after_the_close_do_not_use_up_the_countback(api: httpx.Client, store: Store) -> None:
    _listed(store)
    evening = datetime(2026, 2, 27, 21, 1, tzinfo=UTC)
    store.ticks("AAPL", [Tick(evening + timedelta(minutes=n), "150") for n in range(120)])
    end = int(datetime(2026, 2, 28, tzinfo=UTC).timestamp())
    assert _history(api, symbol="AAPL", to=end, countback=1)["c"] == [103]
    assert _history(api, symbol="AAPL", to=end, countback=3)["c"] == [101, 102, 103]
    assert _history(api, symbol="AAPL", to=end, countback=9)["c"] == [100, 101, 102, 103]
    assert _history(api, symbol="AAPL", to=end, resolution="60", countback=2)["c"] == [102, 103]


def test_days_are_sessions_at_midnight_utc_of_their_date(api: httpx.Client, store: Store) -> None:
    _listed(store)
    end = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    found = _history(api, symbol="AAPL", resolution="1D", to=end, countback=5)
    assert (found["t"], found["o"], found["c"]) == (
        [DAY_S - 86_400, DAY_S],
        [100, 102],
        [101, 103],
    )
    assert _history(api, symbol="AAPL", resolution="1D", to=DAY_S, countback=5)["t"] == [
        DAY_S - 86_400
    ]


def test_as_many_days_come_as_are_wanted_where_weeks_have_six_days_for_five_sessions(
    api: httpx.Client, store: Store
) -> None:
    # from Sunday, 1 February 2026: five sessions a week, each from 22:00 UTC of the day before
    opens = [datetime(2026, 2, day, 22, tzinfo=UTC) for day in range(1, 29) if (day - 1) % 7 < 5]
    with psycopg.connect(store.url) as conn:
        for start in opens:
            end = start + timedelta(hours=24)
            conn.execute("insert into market.sessions values ('FX', %s, %s, %s)", [end, start, end])
    symbol = "OANDA:EUR/USD"
    for hours in (1, 12):
        store.quotes(symbol, [Quote(start + timedelta(hours=hours), "1", "1") for start in opens])
    store.execute(f"update market.instruments set calendar = 'FX' where symbol = '{symbol}'")
    wanted = [int((start + timedelta(hours=2)).timestamp()) for start in opens]
    end = wanted[-1] + 1
    for count in (1, 6, 19, 20):
        found = _history(api, symbol=symbol, resolution="1D", to=end, countback=count)["t"]
        assert found == wanted[-count:]
    before = _history(api, symbol=symbol, resolution="1D", to=wanted[-1], countback=19)
    assert before["t"] == wanted[:-1]


def test_days_of_vendors_are_among_the_sessions(api: httpx.Client, store: Store) -> None:
    _listed(store)
    store.execute(
        "insert into market.vendor_bars"
        " select 'AAPL', 'yahoo', '1d', day, 90, 95, 85, 91, 700, null, true, null, 1"
        " from generate_series(timestamptz '2026-02-24Z', '2026-02-26Z', '1 day') as day"
    )
    found = _history(api, symbol="AAPL", resolution="1D", to=DAY_S + 86_400, countback=9)
    assert found["t"] == [DAY_S - 86_400 * days for days in (3, 2, 1, 0)]
    assert found["c"] == [91, 91, 101, 103]  # trades come first
    last = _history(api, symbol="AAPL", resolution="1D", to=DAY_S + 86_400, countback=3)
    assert last["c"] == [91, 101, 103]


def test_splits_and_renames_are_marks_on_the_time_scale(api: httpx.Client, store: Store) -> None:
    store.ticks("META", [Tick(NOON, "1")])
    with psycopg.connect(store.url) as conn:
        conn.execute(
            "insert into market.names values"
            " ('FB', '-infinity', '2022-06-09', 'META'), ('META', '2022-06-09', 'infinity', 'META')"
        )
        conn.execute(
            "insert into market.corporate_actions (instrument, ex_at, kind, numerator, denominator)"
            " values ('META', '2026-02-27 12:00+00', 'split', 4, 1)"
        )
    window = {"symbol": "META", "from": 0, "to": NOON_S + 1, "resolution": "1D"}
    assert api.get("/udf/timescale_marks", params=window).json() == [
        {
            "id": "name 1654732800",
            "time": 1654732800,
            "color": "green",
            "label": "N",
            "tooltip": ["From here on META"],
        },
        {
            "id": f"split {NOON_S}",
            "time": NOON_S,
            "color": "blue",
            "label": "S",
            "tooltip": ["Split 4 for 1"],
        },
    ]
    assert len(api.get("/udf/timescale_marks", params=window | {"to": NOON_S}).json()) == 1


def test_gaps_of_the_feed_are_marks_on_bars(api: httpx.Client, store: Store) -> None:
    store.ticks(SYMBOL, minutes(1))
    window = {"symbol": SYMBOL, "from": 0, "to": NOON_S + 3600, "resolution": "1"}
    assert api.get("/udf/marks", params=window).json() == []


def test_polls_of_many_charts_within_a_bar_are_one_query(serve: Serve, store: Store) -> None:
    api = serve(api_cache_ms=60_000)
    moment = datetime.now(UTC)
    now = int(moment.timestamp())
    store.ticks(SYMBOL, [Tick(moment, "1")])
    poll = {"resolution": "720", "countback": 2, "to": now + 1, "from": now - 600}
    assert _history(api, **poll)["c"] == [1]
    store.ticks(SYMBOL, [Tick(moment, "2")])
    assert _history(api, **poll | {"to": now + 60, "from": now - 555})["c"] == [1]
    assert _history(api, **poll | {"countback": 3})["c"] == [2]
