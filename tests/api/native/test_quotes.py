"""Quotes by window have the shape of quotes; pages and windows are those of trades."""

import httpx

from tests.api.native import event_rows
from tests.api.native.event_rows import Row
from tests.api.store import NOON, Store, at


def test_a_quote_has_alpacas_keys_and_its_exact_time(api: httpx.Client, store: Store) -> None:
    event_rows.quotes(
        store.url,
        "AAPL",
        [
            Row(at("12:00:00.123456"), "189.50", 789, 7, "1", "100", None, "V", "C", ["R"], "190"),
            Row(at("12:00:01"), "189.60", size=None),
        ],
    )
    wanted = (
        '{"t":"2026-02-27T12:00:00.123456789Z","bp":189.50,"bs":100,"ap":190,"as":100,"x":"V",'
        '"c":["R"],"i":"1","z":"C"}',
        '{"t":"2026-02-27T12:00:01Z","bp":189.60,"bs":null,"ap":null,"as":null,"x":null,"c":null,'
        '"i":null,"z":null}',
    )
    assert api.get("/v1/quotes", params={"symbols": "AAPL"}).text == (
        f'{{"quotes":{{"AAPL":[{wanted[0]},{wanted[1]}]}},"next_page_token":null}}'
    )
    assert api.get("/v1/quotes/latest", params={"symbols": "aapl"}).text == (
        f'{{"quotes":{{"AAPL":{wanted[1]}}}}}'
    )


def test_pages_of_quotes_have_no_hole_and_no_double(api: httpx.Client, store: Store) -> None:
    rows = [Row(NOON, str(n // 2), seq=n // 4, ask="9") for n in range(8)]
    event_rows.quotes(store.url, "A", rows)
    for sort, wanted in (("asc", [0, 0, 1, 1, 2, 2, 3, 3]), ("desc", [3, 3, 2, 2, 1, 1, 0, 0])):
        params = {"symbols": "A", "start": "2026-02-27", "sort": sort, "limit": 3}
        found = []
        while True:
            answer = api.get("/v1/quotes", params=params).json()
            found += [quote["bp"] for quote in answer["quotes"]["A"]]
            if answer["next_page_token"] is None:
                break
            params["page_token"] = answer["next_page_token"]
        assert found == wanted


def test_the_newest_quotes_are_counted_over_all_symbols(api: httpx.Client, store: Store) -> None:
    event_rows.quotes(store.url, "A", [Row(NOON, "1"), Row(at("12:00:02"), "3")])
    event_rows.quotes(store.url, "B", [Row(at("12:00:01"), "2")])
    answer = api.get("/v1/quotes", params={"symbols": "A,B", "limit": 2}).json()
    bids = {symbol: [one["bp"] for one in found] for symbol, found in answer["quotes"].items()}
    assert bids == {"A": [3], "B": [2]}


def test_trades_are_no_quotes(api: httpx.Client, store: Store) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, "1")])
    assert api.get("/v1/quotes", params={"symbols": "A"}).json()["quotes"] == {}
    assert api.get("/v1/quotes/latest", params={"symbols": "A"}).json() == {"quotes": {}}
