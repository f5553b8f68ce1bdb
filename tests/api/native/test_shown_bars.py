"""Options of bars: buckets that are filled or those of sessions, styles of times and decimals."""

from typing import Any

import httpx
import psycopg
import pytest

from tests.api.store import NOON, Store, Tick, at, minute, minutes
from tests.db import feeds

SESSIONS = """
insert into market.sessions (calendar, session_date, open_at, close_at)
select 'XNYS', day, day + interval '14 hours 30 minutes', day + interval '21 hours'
from generate_series('2026-02-23Z'::timestamptz, '2026-03-04Z', '1 day', 'UTC') as day
where extract(isodow from day at time zone 'UTC') < 6
"""


def get(api: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = api.get("/v1/bars", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def walk(api: httpx.Client, **params: Any) -> list[tuple[str, str, Any]]:
    """Returns symbol, time and close of all bars of all pages."""
    found: list[tuple[str, str, Any]] = []
    while True:
        page = get(api, **params)
        bars = [
            (name, bar["t"][5:16], bar["c"]) for name, bars in page["bars"].items() for bar in bars
        ]
        assert len(bars) == params["limit"] or page["next_page_token"] is None
        found += bars
        if page["next_page_token"] is None:
            return found
        params["page_token"] = page["next_page_token"]


@pytest.fixture
def sparse(store: Store) -> Store:
    """Bars of A at 12:00, 12:01 and 12:04, of B at 12:02 and 12:03."""
    store.ticks("A", [Tick(at(f"12:0{n}:00"), str(n + 1)) for n in (0, 1, 4)])
    store.ticks("B", [Tick(at(f"12:0{n}:00"), str(n + 1)) for n in (2, 3)])
    return store


@pytest.fixture
def opened(store: Store, database: Any) -> Store:
    """Trades of A on three days, each before, in and after the session of 14:30 to 21:00."""
    store.execute(SESSIONS)
    store.ticks(
        "A",
        [
            Tick(at(f"{time}:00").replace(day=day), f"{day}.{n}")
            for day in (25, 26, 27)
            for n, time in enumerate(("09:00", "14:31", "14:33", "20:59", "22:00"))
        ],
    )
    store.execute("update market.instruments set calendar = 'XNYS'")
    store.make_candles(database.edition)
    return store


FILLED = {
    "null": [
        ("A", "02-27T12:00", 1), ("A", "02-27T12:01", 2), ("A", "02-27T12:02", None),
        ("A", "02-27T12:03", None), ("A", "02-27T12:04", 5),
        ("B", "02-27T12:02", 3), ("B", "02-27T12:03", 4),
    ],
    "previous": [
        ("A", "02-27T12:00", 1), ("A", "02-27T12:01", 2), ("A", "02-27T12:02", 2),
        ("A", "02-27T12:03", 2), ("A", "02-27T12:04", 5),
        ("B", "02-27T12:02", 3), ("B", "02-27T12:03", 4),
    ],
}  # fmt: skip


@pytest.mark.parametrize("fill", ["null", "previous"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
@pytest.mark.usefixtures("sparse")
def test_filled_pages_have_no_gap_and_no_overlap(api: httpx.Client, fill: str, limit: int) -> None:
    params = {"symbols": "A,B", "fill": fill, "limit": limit}
    assert walk(api, start="2026-02-01", **params) == FILLED[fill]
    found = walk(api, sort="desc", **params)
    assert found == [*FILLED[fill][4::-1], *FILLED[fill][:4:-1]]


@pytest.mark.usefixtures("sparse")
def test_a_filled_window_ends_at_its_end_and_starts_with_the_close_of_before(
    api: httpx.Client,
) -> None:
    window = {"start": "2026-02-27T12:02:30Z", "end": "2026-02-27T12:07:00Z"}
    found = walk(api, symbols="A", fill="previous", limit=3, **window)
    assert [(time[-5:], close) for _, time, close in found] == [
        ("12:03", 2),
        ("12:04", 5),
        ("12:05", 5),
        ("12:06", 5),
    ]
    newest = get(api, symbols="A", fill="null", limit=2)
    assert [bar["c"] for bar in newest["bars"]["A"]] == [None, 5]
    assert get(api, symbols="A", fill="null", end="2026-02-27T12:00:00Z")["bars"] == {}


def test_a_filled_series_ends_now(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(minute(2), "7")])
    found = get(api, symbols="A", fill="previous", start="2026-02-01", end="2100-01-01")
    closes = [bar["c"] for bar in found["bars"]["A"]]
    assert closes in ([7, 7, 7], [7, 7, 7, 7])
    assert found["bars"]["A"][-1]["final"] is False


@pytest.mark.parametrize("limit", [1, 2, 4, 9])
@pytest.mark.usefixtures("opened")
def test_pages_of_sessions_have_no_gap_and_no_overlap(api: httpx.Client, limit: int) -> None:
    params = {"symbols": "A", "session": "regular", "limit": limit}
    wanted = [
        ("A", f"02-{day}T{time}", float(f"{day}.{n}"))
        for day in (25, 26, 27)
        for n, time in ((1, "14:31"), (2, "14:33"), (3, "20:59"))
    ]
    assert walk(api, start="2026-02-01", **params) == wanted
    assert walk(api, sort="desc", **params) == wanted[::-1]
    days = [("A", f"02-{day}T14:30", float(f"{day}.3")) for day in (25, 26, 27)]
    assert walk(api, start="2026-02-01", timeframe="1d", **params) == days
    assert walk(api, sort="desc", timeframe="1d", **params) == days[::-1]


@pytest.mark.usefixtures("opened")
def test_buckets_are_filled_within_sessions_only(api: httpx.Client) -> None:
    window = {"start": "2026-02-26T20:58:00Z", "end": "2026-02-27T14:33:00Z"}
    found = walk(api, symbols="A", session="regular", fill="previous", limit=2, **window)
    assert found == [
        ("A", "02-26T20:58", 26.2),
        ("A", "02-26T20:59", 26.3),
        ("A", "02-27T14:30", 26.3),
        ("A", "02-27T14:31", 27.1),
        ("A", "02-27T14:32", 27.1),
    ]
    latest = api.get("/v1/bars/latest", params={"symbols": "A", "session": "regular"}).json()
    assert latest["bars"]["A"]["c"] == 27.3


def test_sessions_need_a_calendar(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(1))
    for form in ("json", "csv"):
        asked = {"symbols": "A", "session": "regular", "format": form}
        answer = api.get("/v1/bars", params=asked)
        assert answer.status_code == 422
        assert answer.json()["detail"] == (
            "session regular needs sessions: no calendar is known for 'A'; "
            "set its calendar with stockpulse instruments import, or in SQL name one"
        )


@pytest.mark.parametrize(
    "style, first, second",
    [
        ("rfc3339", "2026-02-27T12:00:00Z", "2026-02-27T12:01:00Z"),
        ("s", 1772193600, 1772193660),
        ("ms", 1772193600000, 1772193660000),
        ("us", 1772193600000000, 1772193660000000),
        ("ns", 1772193600000000000, 1772193660000000000),
    ],
)
def test_times_are_written_in_the_style_asked_for(
    api: httpx.Client, store: Store, style: str, first: object, second: object
) -> None:
    store.ticks("A", minutes(2))
    found = get(api, symbols="A", ts=style)["bars"]["A"]
    assert [bar["t"] for bar in found] == [first, second]
    again = get(api, symbols="A", start=str(second).replace(".0", ""), ts=style)["bars"]["A"]
    assert [bar["t"] for bar in again] == [second]


def test_decimals_are_strings_if_asked_for(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(NOON, "0.00000811", "123456789012345678.5")])
    assert get(api, symbols="A", decimals="string")["bars"]["A"] == [
        {
            "t": "2026-02-27T12:00:00Z",
            **dict.fromkeys("ohlc", "0.00000811"),
            "v": "123456789012345678.5",
            "n": 1,
            "vw": "0.00000811",
            "final": True,
        }
    ]


def test_a_token_belongs_to_its_options(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(4))
    params: dict[str, Any] = {"symbols": "A", "start": "2026-02-27", "limit": 2}
    token = get(api, **params)["next_page_token"]
    for change in ({"fill": "null"}, {"ts": "ms"}, {"tz": "Asia/Tokyo"}, {"coverage": "true"}):
        answer = api.get("/v1/bars", params=params | {"page_token": token} | change)
        assert (answer.status_code, answer.json()["field"]) == (422, "page_token"), change


def test_alpacas_parameters_are_taken_where_they_change_nothing(
    api: httpx.Client, store: Store
) -> None:
    store.ticks("A", minutes(1))
    store.ticks("META", minutes(1))
    store.ticks("BTC/EUR", minutes(1))
    store.execute("update market.instruments set quote = 'EUR' where symbol = 'BTC/EUR'")
    store.execute(
        "insert into market.names (symbol, since, until, instrument) values"
        " ('FB', '-infinity', '2022-06-09', 'META'), ('META', '2022-06-09', 'infinity', 'META')"
    )
    sent = {"feed": "iex", "asof": "2026-02-27", "currency": "USD", "adjustment": "raw"}
    assert len(get(api, symbols="A", **sent)["bars"]["A"]) == 1
    assert len(get(api, symbols="A", asof="-")["bars"]["A"]) == 1
    assert len(get(api, symbols="FB", asof="2020-01-01")["bars"]["FB"]) == 1
    refused = [
        ({"symbols": "META", "asof": "-"}, "asof must be left out: META was renamed"),
        (
            {"symbols": "BTC/EUR", "currency": "USD"},
            "currency must be left out: the prices of BTC/EUR are in EUR, and none are converted",
        ),
        ({"symbols": "A", "currency": "EUR"}, "currency must be left out: A has none of its own"),
        ({"symbols": "A", "adjustment": "all"}, "adjustment must be raw or split: dividends"),
    ]
    for params, reason in refused:
        answer = api.get("/v1/bars", params=params)
        assert answer.status_code == 422, params
        assert answer.json()["detail"].startswith(reason)


def test_coverage_and_gaps_come_in_pages(api: httpx.Client, store: Store, database: Any) -> None:
    store.ticks("A", minutes(1))
    store.make_candles(database.edition)
    with psycopg.connect(store.url, autocommit=True) as conn:
        feeds.add(
            conn,
            feeds.start("2026-02-27 12:00", "A"),
            feeds.gap("2026-02-27 12:01", "2026-02-27 12:02", "A", first_id="5", last_id="7"),
            feeds.gap("2026-02-27 12:03", "2026-02-27 12:04", "A"),
            feeds.end("2026-02-27 12:05"),
        )
    params = {"symbols": "A", "start": "2026-02-27T12:00:00Z", "end": "2026-02-27T12:06:00Z"}
    for path, count in (("coverage", 6), ("gaps", 3)):
        whole = api.get(f"/v1/{path}", params=params).json()
        assert len(whole[path]["A"]) == count
        assert whole["next_page_token"] is None
        paged: list[Any] = []
        token = {}
        while True:
            page = api.get(f"/v1/{path}", params=params | token | {"limit": "2"}).json()
            paged += page[path]["A"]
            if page["next_page_token"] is None:
                break
            token = {"page_token": page["next_page_token"]}
        assert paged == whole[path]["A"]
    assert api.get("/v1/gaps", params=params | {"ts": "s"}).json()["gaps"]["A"][0] == {
        "start": 1772193660,
        "end": 1772193720,
        "reason": "ids jumped",
        "first_id": "5",
        "last_id": "7",
    }


def test_sessions_are_those_of_a_calendar_or_of_a_symbol(api: httpx.Client, opened: Store) -> None:
    params = {"start": "2026-02-27T16:00:00Z", "limit": 1, "tz": "America/New_York"}
    found = api.get("/v1/calendar", params=params | {"symbol": "A"}).json()
    assert found["calendar"] == "XNYS"
    assert found["sessions"] == [
        {
            "date": "2026-02-27",
            "open": "2026-02-27T09:30:00-05:00",
            "close": "2026-02-27T16:00:00-05:00",
        }
    ]
    token = {"page_token": found["next_page_token"]}
    second = api.get("/v1/calendar", params=params | {"symbol": "A"} | token).json()
    assert second["sessions"][0]["date"] == "2026-03-02"
    assert api.get("/v1/calendar", params={"calendar": "XFOO"}).status_code == 404
    assert api.get("/v1/calendar").status_code == 422
    opened.ticks("B", minutes(1))
    none = api.get("/v1/calendar", params={"symbol": "B"})
    assert (none.status_code, none.json()["detail"]) == (404, "no calendar is known for B")


def test_movers_and_the_state_of_the_store(api: httpx.Client, store: Store) -> None:
    store.ticks("A", [Tick(minute(3), "100"), Tick(minute(2), "110.5")])
    store.ticks("B", [Tick(minute(3), "100"), Tick(minute(2), "80")])
    answer = api.get("/v1/movers", params={"window": "15m", "limit": 1, "decimals": "string"})
    assert answer.json() == {
        "movers": [
            {"symbol": "B", "source": "sim", "open": "100", "close": "80", "change_pct": "-20"}
        ]
    }
    for wrong in ("0m", "400d", "1w", "15", ""):
        assert api.get("/v1/movers", params={"window": wrong}).status_code == 422
    with psycopg.connect(store.url, autocommit=True) as conn:
        feeds.add(conn, feeds.start("2026-02-27 12:00", "A"), feeds.heartbeat("2026-02-27 12:01"))
    status = api.get("/v1/status").json()
    assert status["feeds"] == [
        {"source": "sim", "open_sessions": 1, "newest_marker": "2026-02-27T12:01:00Z"}
    ]
    assert {level["timeframe"] for level in status["candles"]} >= {"1s", "1m", "1d"}
