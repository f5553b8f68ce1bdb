"""Bars of vendors in the native API: labelled, in order, and paged without a hole or a double."""

from datetime import timedelta
from itertools import chain
from typing import Any

import httpx
import pytest

from tests.api.store import NOON, Store, Tick

MINUTE = timedelta(minutes=1)


def trades(store: Store, symbol: str, *numbers: int) -> None:
    """Stores a trade in each of these minutes after noon, priced by its number."""
    store.ticks(symbol, [Tick(NOON + number * MINUTE, str(number + 1)) for number in numbers])


def vendor(store: Store, symbol: str, *numbers: int, source: str = "yahoo") -> None:
    """Stores a vendor's bar in each of these minutes."""
    store.execute(f"insert into market.instruments values ('{symbol}') on conflict do nothing")
    for number in numbers:
        store.execute(
            "insert into market.vendor_bars values"
            f" ('{symbol}', '{source}', '1m', '{NOON + number * MINUTE}',"
            " 100.50, 110, 90, 105, 700, null, true, null, 1)"
        )


def page(api: httpx.Client, **params: Any) -> tuple[list[str], str | None]:
    """Returns the bars as symbol and minute, with a * if they are a vendor's, and the token."""
    answer = api.get("/v1/bars", params=params)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    bars = [
        f"{symbol}{bar['t'][14:16]}{'*' if 'vendor' in bar else ''}"
        for symbol, found in body["bars"].items()
        for bar in found
    ]
    return bars, body["next_page_token"]


def all_pages(api: httpx.Client, **params: Any) -> list[list[str]]:
    found, token = page(api, **params)
    pages = [found]
    while token:
        found, token = page(api, **params, page_token=token)
        pages.append(found)
    return pages


def test_a_vendors_bar_has_the_name_of_the_vendor(api: httpx.Client, store: Store) -> None:
    trades(store, "IBM", 0)
    vendor(store, "IBM", 0, 1)
    assert api.get("/v1/bars", params={"symbols": "IBM"}).text == (
        '{"bars":{"IBM":[{"t":"2026-02-27T12:00:00Z","o":1,"h":1,"l":1,"c":1,"v":1,"n":1,"vw":1,'
        '"final":true},'
        '{"t":"2026-02-27T12:01:00Z","o":100.50,"h":110,"l":90,"c":105,"v":700,"n":null,"vw":null,'
        '"vendor":"yahoo","final":true}]},"next_page_token":null}'
    )
    latest = api.get("/v1/bars/latest", params={"symbols": "IBM"}).json()["bars"]["IBM"]
    assert (latest["t"], latest["vendor"]) == ("2026-02-27T12:01:00Z", "yahoo")


def test_a_symbol_of_vendors_bars_alone_is_known(api: httpx.Client, store: Store) -> None:
    vendor(store, "IBM", 1)
    assert page(api, symbols="IBM,NONE") == (["IBM01*"], None)
    assert page(api, symbols="IBM", vendor="false") == ([], None)
    latest = api.get("/v1/bars/latest", params={"symbols": "IBM", "vendor": "false"})
    assert latest.json() == {"bars": {}}


def test_vendors_bars_can_be_left_out(api: httpx.Client, store: Store) -> None:
    trades(store, "A", 0, 2)
    vendor(store, "A", 1)
    assert page(api, symbols="A")[0] == ["A00", "A01*", "A02"]
    assert page(api, symbols="A", vendor="false")[0] == ["A00", "A02"]
    assert page(api, symbols="A", source="sim")[0] == ["A00", "A02"]
    assert page(api, symbols="A", source="yahoo")[0] == ["A01*"]
    assert page(api, symbols="A", price="mid")[0] == []
    wrong = api.get("/v1/bars", params={"symbols": "A", "vendor": "no"})
    assert (wrong.status_code, wrong.json()["detail"]) == (422, "vendor must be true or false")


# A: trades at 0, 1, 4, 9, bars of a vendor at 2, 4, 5, 7, 12. B: bars alone. C: trades alone.
ALL = ["A00", "A01", "A02*", "A04", "A05*", "A07*", "A09", "A12*", "B03*", "B20*", "C06"]


@pytest.fixture
def market(store: Store) -> None:
    trades(store, "A", 0, 1, 4, 9)
    vendor(store, "A", 2, 4, 5)
    vendor(store, "A", 5, 7, 12, source="zz")
    vendor(store, "B", 3, 20)
    trades(store, "C", 6)


@pytest.mark.parametrize("limit", range(1, 13))
def test_pages_in_both_orders_have_each_bar_once(
    api: httpx.Client, market: None, limit: int
) -> None:
    query = {"symbols": "C,B,A", "limit": limit}
    pages = all_pages(api, start="2026-02-27", **query)
    assert list(chain(*pages)) == ALL
    assert {len(one) for one in pages[:-1]} <= {limit}
    down = [name for letter in "ABC" for name in reversed(ALL) if name[0] == letter]
    assert list(chain(*all_pages(api, sort="desc", **query))) == down
    newest = ["A00", "A01", "A02*", "B03*", "A04", "A05*", "C06", "A07*", "A09", "A12*", "B20*"]
    assert page(api, **query) == (sorted(newest[-limit:]), None)


def test_a_page_ends_where_its_window_does(api: httpx.Client, market: None) -> None:
    window = {"symbols": "A", "start": "2026-02-27T12:02:00Z", "end": "2026-02-27T12:07:00Z"}
    assert list(chain(*all_pages(api, limit=2, **window))) == ["A02*", "A04", "A05*"]
    assert page(api, limit=2, sort="desc", **window)[0] == ["A05*", "A04"]
    assert page(api, timeframe="5m", symbols="A")[0] == ["A00", "A05", "A10*"]


def test_bars_years_apart_are_paged(api: httpx.Client, store: Store) -> None:
    store.execute("insert into market.instruments values ('A')")
    for year in (2003, 2015, 2026):
        store.execute(
            f"insert into market.vendor_bars values ('A', 'yahoo', '1m', '{year}-02-03T10:07Z',"
            " 1, 1, 1, 1, 1, null, true, null, 1)"
        )
    for timeframe in ("1m", "1d", "3d", "1mo", "120mo"):
        for order in ({"start": "1990-01-01"}, {"sort": "desc"}):
            params = {"symbols": "A", "timeframe": timeframe, "limit": 1, **order}
            assert len(all_pages(api, **params)) == 3


def test_the_legacy_paths_have_bars_of_trades_alone(api: httpx.Client, store: Store) -> None:
    trades(store, "A", 0)
    vendor(store, "A", 0, 1)
    bars = api.get("/bars/latest", params={"symbol": "A"}).json()["bars"]
    assert [bar["bucket_start"] for bar in bars] == ["2026-02-27T12:00:00Z"]
