"""Snapshots: the newest of everything, of one moment."""

from datetime import timedelta

import httpx

from tests.api.native import event_rows
from tests.api.native.event_rows import Row
from tests.api.store import NOON, Store, at


def test_a_snapshot_has_the_newest_of_everything(api: httpx.Client, store: Store) -> None:
    event_rows.trades(
        store.url,
        "AAPL",
        [
            Row(NOON - timedelta(days=3), "7"),
            Row(NOON - timedelta(days=40), "1"),
            Row(at("12:00:00"), "10"),
            Row(at("12:01:00"), "12", size="2"),
            Row(at("12:01:30"), "11.50"),
        ],
    )
    event_rows.quotes(store.url, "AAPL", [Row(at("12:01:31"), "11.40", ask="11.60")])
    answer = api.get("/v1/snapshots", params={"symbols": "AAPL"}).text
    assert answer == (
        '{"snapshots":{"AAPL":{'
        '"latestTrade":{"t":"2026-02-27T12:01:30Z","p":11.50,"s":1,"side":null,"x":null,"c":null,'
        '"i":null,"z":null},'
        '"latestQuote":{"t":"2026-02-27T12:01:31Z","bp":11.40,"bs":1,"ap":11.60,"as":1,"x":null,'
        '"c":null,"i":null,"z":null},'
        '"minuteBar":{"t":"2026-02-27T12:01:00Z","o":12,"h":12,"l":11.50,"c":11.50,"v":3,"n":2,'
        '"vw":11.8333333333333333},'
        '"dailyBar":{"t":"2026-02-27T00:00:00Z","o":10,"h":12,"l":10,"c":11.50,"v":4,"n":3,'
        '"vw":11.375},'
        # the last day before with a bar
        '"prevDailyBar":{"t":"2026-02-24T00:00:00Z","o":7,"h":7,"l":7,"c":7,"v":1,"n":1,"vw":7}'
        "}}}"
    )


def test_what_there_is_not_is_null(api: httpx.Client, store: Store) -> None:
    event_rows.quotes(store.url, "Q", [Row(NOON, "1", ask="3")])
    event_rows.trades(store.url, "T", [Row(NOON, "5")])
    store.execute("insert into market.instruments (symbol) values ('EMPTY')")
    answer = api.get("/v1/snapshots", params={"symbols": "t,Q,EMPTY,NOPE"}).json()["snapshots"]
    assert list(answer) == ["EMPTY", "Q", "T"]
    assert set(answer["EMPTY"].values()) == {None}
    assert (answer["Q"]["latestTrade"], answer["Q"]["minuteBar"]["c"]) == (None, 2)
    assert (answer["T"]["latestQuote"], answer["T"]["prevDailyBar"]) == (None, None)
    assert api.get("/v1/snapshots", params={"symbols": "NOPE"}).status_code == 404


def test_times_and_decimals_are_written_as_asked(api: httpx.Client, store: Store) -> None:
    event_rows.trades(store.url, "A", [Row(NOON, "0.10")])
    params = {"symbols": "A", "ts": "ms", "decimals": "string"}
    answer = api.get("/v1/snapshots", params=params).json()["snapshots"]["A"]
    assert (answer["latestTrade"]["t"], answer["latestTrade"]["p"]) == (1772193600000, "0.10")
    assert (answer["minuteBar"]["t"], answer["minuteBar"]["c"]) == (1772193600000, "0.10")
    assert answer["minuteBar"]["n"] == 1
