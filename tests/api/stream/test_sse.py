"""Server-sent events: what is committed, and what a client is told besides."""

import json
from decimal import Decimal

import httpx
import pytest

from api.stream import subscriber
from tests.api.conftest import Serve
from tests.api.stream.clients import events, has, next_with, sse
from tests.api.stream.loading import Loader
from tests.ingest import made
from tests.ingest.amended import cancel, correction


def test_a_trade_is_given_as_v1_trades_has_it(api: httpx.Client, load: Loader) -> None:
    load.put(made.trade(1))
    with sse(api, symbols="AAPL") as messages:
        first, live = next(messages), next_with(messages, "live")
        assert first["events"] == [
            {
                "type": "subscribed",
                "symbols": ["AAPL"],
                "channels": ["trades"],
                "timeframes": [],
                "sources": {"AAPL": "sim"},
                "unknown": [],
            }
        ]
        assert [event["type"] for event in live["events"]] == ["live"]
        load.put(made.trade(2, price="101.50", conditions=["@"]))
        [event] = next(messages)["events"]
    rest = json.loads(
        api.get("/v1/trades", params={"symbols": "AAPL", "start": "2026-02-27T12:00:02Z"}).text,
        parse_float=Decimal,
    )
    head = {"type": "trade", "action": "new", "symbol": "AAPL", "source": "sim"}
    assert event == head | rest["trades"]["AAPL"][0]


def test_quotes_and_trades_of_a_commit_come_in_one_message(api: httpx.Client, load: Loader) -> None:
    with sse(api, symbols="AAPL,EUR/USD,OTHER", channels="trades,quotes") as messages:
        next_with(messages, "live")
        load.put(made.quote(), made.trade(2), made.trade(1), made.trade(3, symbol="NOBODY"))
        found = next(messages)["events"]
    assert [(event["type"], event["i"]) for event in found] == [
        ("trade", "1"), ("trade", "2"), ("quote", "x"),
    ]  # fmt: skip
    assert (found[2]["bp"], found[2]["ap"]) == (Decimal("1.10"), Decimal("1.2"))


def test_corrections_and_cancels_say_what_was(api: httpx.Client, load: Loader) -> None:
    load.put(made.trade(1), made.trade(2))
    with sse(api, symbols="AAPL", ts="s", decimals="string") as messages:
        next_with(messages, "live")
        load.put(correction(1, "99"))
        [corrected] = next(messages)["events"]
        load.put(cancel(2))
        [cancelled] = next(messages)["events"]
    noon = 1772193600
    assert (corrected["action"], corrected["p"]) == ("corrected", "99")
    was = {"p": "100.25", "s": "10", "c": None}
    assert corrected["was"] == {"t": noon + 1, "i": "1"} | was
    assert cancelled["action"] == "cancelled"
    assert cancelled["was"] == {"t": noon + 2, "i": "2"} | was


def test_a_symbol_that_is_not_stored_yet_is_followed(api: httpx.Client, load: Loader) -> None:
    with sse(api, symbols="NEW") as messages:
        assert events(next(messages), "subscribed")[0]["unknown"] == ["NEW"]
        next_with(messages, "live")
        load.put(made.trade(1, symbol="NEW", source="kraken"))
        load.put(made.trade(2, symbol="NEW"), made.trade(3, symbol="NEW", source="kraken"))
        found = [next(messages)["events"] for _ in range(2)]
    sources = [[(event["i"], event["source"]) for event in one] for one in found]
    assert sources == [[("1", "kraken")], [("3", "kraken")]]


def test_a_source_is_one_of_a_symbol(api: httpx.Client, load: Loader) -> None:
    load.put(made.trade(1))
    with sse(api, symbols="AAPL", source="kraken") as messages:
        next_with(messages, "live")
        load.put(made.trade(2), made.trade(3, source="kraken"))
        [event] = next(messages)["events"]
    assert (event["i"], event["source"]) == ("3", "kraken")


def test_silence_is_broken_by_heartbeats(
    api: httpx.Client, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriber, "HEARTBEAT_SECONDS", 0.1)
    with sse(api, symbols="AAPL", heartbeats=True) as messages:
        live = next_with(messages, "live")
        load.put(made.trade(1, symbol="OTHER"))
        resumes = {next_with(messages, "heartbeat")["resume"] for _ in range(8)}
    assert resumes - {live["resume"]}, "a heartbeat has the place of commits without events"


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"symbols": "A", "channels": "trade"}, "channels must be of trades, quotes, bars"),
        ({"symbols": "A", "resume": "nonsense"}, "resume is not a place"),
        ({"symbols": "A", "since": "yesterday"}, "since"),
        ({"symbols": "*"}, "symbols must be names"),
        ({"symbols": "A", "channels": "bars", "timeframe": "7x"}, "timeframe must be a width"),
        ({"symbols": "A", "sinse": "2026-02-27"}, "did you mean since?"),
        ({}, "symbols is required"),
    ],
)
def test_bad_parameters_are_refused(
    api: httpx.Client, parameters: dict[str, str], detail: str
) -> None:
    answer = api.get("/v1/stream", params=parameters)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


def test_too_many_symbols_are_refused(serve: Serve) -> None:
    api = serve(api_stream_symbols=2)
    answer = api.get("/v1/stream", params={"symbols": "A,B,C"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422, "symbols must be 2 at most in one stream",
    )  # fmt: skip


def test_streams_are_limited_and_counted(serve: Serve) -> None:
    api = serve(api_streams=1)
    with sse(api, symbols="A") as messages:
        next_with(messages, "live")
        assert api.get("/v1/stream", params={"symbols": "A"}).status_code == 503
        assert 'stockpulse_api_streams{wire="sse"} 1.0' in api.get("/metrics").text
    metrics = api.get("/metrics").text
    assert 'stockpulse_api_streams_ended_total{code="busy"} 1.0' in metrics


def test_a_stream_is_neither_compressed_nor_stored(api: httpx.Client) -> None:
    with api.stream("GET", "/v1/stream", params={"symbols": "A"}) as answer:
        assert "content-encoding" not in answer.headers
        assert answer.headers["cache-control"] == "no-store, no-transform"
    assert api.head("/v1/stream", params={"symbols": "A"}).status_code == 200


def test_a_stream_takes_no_connection_of_the_pool(serve: Serve, load: Loader) -> None:
    api = serve(api_pool_size=1)
    with sse(api, symbols="AAPL") as one, sse(api, symbols="AAPL") as other:
        for messages in (one, other):
            next_with(messages, "live")
        assert api.get("/v1/symbols").status_code == 200
        load.put(made.trade(1))
        assert [has(next(messages), "trade") for messages in (one, other)] == [True, True]
