"""Pages of bars have no gaps and no overlaps, and a page token belongs to its query."""

from typing import Any

import httpx
import pytest

from tests.api.store import Store, Tick, at, minutes


@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7])
def test_pages_have_no_gap_and_no_overlap(
    api: httpx.Client, store: Store, sort: str, limit: int
) -> None:
    store.ticks("A", minutes(3))
    store.ticks("B", minutes(4))
    params: dict[str, Any] = {"symbols": "A,B", "start": "2026-02-01", "sort": sort, "limit": limit}
    found: list[tuple[str, str]] = []
    while True:
        answer = api.get("/v1/bars", params=params).json()
        page = [(symbol, bar["t"][11:16]) for symbol, b in answer["bars"].items() for bar in b]
        assert len(page) == limit or answer["next_page_token"] is None
        found += page
        if answer["next_page_token"] is None:
            break
        params["page_token"] = answer["next_page_token"]
    of_a, of_b = ["12:00", "12:01", "12:02"], ["12:00", "12:01", "12:02", "12:03"]
    if sort == "desc":
        of_a, of_b = of_a[::-1], of_b[::-1]
    assert found == [("A", t) for t in of_a] + [("B", t) for t in of_b]


def test_pages_stay_stable_while_rows_arrive(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(6))
    params = {"symbols": "A", "sort": "desc", "limit": 2}
    first = api.get("/v1/bars", params=params).json()
    assert [bar["c"] for bar in first["bars"]["A"]] == [6, 5]
    store.ticks("A", minutes(3, start=6))
    second = api.get("/v1/bars", params=params | {"page_token": first["next_page_token"]}).json()
    assert [bar["c"] for bar in second["bars"]["A"]] == [4, 3]


def test_next_page_has_the_source_of_the_first_page(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(4), source="old")
    params = {"symbols": "A", "start": "2026-02-27", "limit": 2}
    first = api.get("/v1/bars", params=params).json()
    store.ticks("A", [Tick(at("13:00:00"), "99")], source="new")  # now the default
    second = api.get("/v1/bars", params=params | {"page_token": first["next_page_token"]}).json()
    assert [bar["c"] for bar in second["bars"]["A"]] == [3, 4]
    newest = api.get("/v1/bars", params={"symbols": "A"}).json()
    assert [bar["c"] for bar in newest["bars"]["A"]] == [99]


def test_a_token_belongs_to_its_query(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(4))
    store.ticks("B", minutes(4))
    params = {"symbols": "A,B", "start": "2026-02-27", "limit": 2}
    token = api.get("/v1/bars", params=params).json()["next_page_token"]
    params["page_token"] = token
    assert api.get("/v1/bars", params=params | {"limit": 1}).status_code == 200
    assert api.get("/v1/bars", params=params | {"symbols": "B,A"}).status_code == 200
    foreign = [
        {"symbols": "A"},
        {"start": "2026-02-26"},
        {"end": "2026-03-01"},
        {"timeframe": "5m"},
        {"sort": "desc"},
        {"source": "sim"},
    ]
    for change in foreign:
        answer = api.get("/v1/bars", params=params | change)
        assert (answer.status_code, answer.json()["field"]) == (422, "page_token"), change
    del params["start"]
    assert api.get("/v1/bars", params=params).json()["field"] == "page_token"


def test_damaged_token_is_refused(api: httpx.Client, store: Store) -> None:
    store.ticks("A", minutes(4))
    params = {"symbols": "A", "start": "2026-02-27", "limit": 2}
    token = api.get("/v1/bars", params=params).json()["next_page_token"]
    damaged = ["", "x", "!", "ÄÖ", token[:-1], token + "A", "A" + token[1:], token.swapcase()]
    for wrong in damaged:
        answer = api.get("/v1/bars", params=params | {"page_token": wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, "page_token"), wrong
