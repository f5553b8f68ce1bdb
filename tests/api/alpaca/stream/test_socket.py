"""Sockets of Alpaca's streams: what the loader commits, in both forms."""

import itertools
from datetime import UTC, datetime

import httpx
import pytest

from api.alpaca.stream import connection
from tests.api.alpaca.stream.client import MSGPACK
from tests.api.alpaca.stream.conftest import Connect, Load
from tests.api.conftest import Serve
from tests.api.keys import KEY, OTHER, make_key, revoke
from tests.ingest import made
from tests.ingest.amended import cancel, correction
from tests.support import wait_until

CONNECTED = {"T": "success", "msg": "connected"}
AUTHENTICATED = {"T": "success", "msg": "authenticated"}
CHANNELS = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")


def of_stocks(**channels: list[str]) -> dict[str, object]:
    """Returns the answer that tells the full set."""
    trades = channels.get("trades", [])
    lists = {channel: channels.get(channel, []) for channel in CHANNELS}
    return {"T": "subscription", **lists, "corrections": trades, "cancelErrors": trades}


def test_what_is_committed_comes_in_json_with_all_digits(
    api: httpx.Client, load: Load, connect: Connect
) -> None:
    load(made.trade(0))
    client = connect(api)
    assert client.message() == CONNECTED
    client.send(action="auth", key="any", secret="any")
    assert client.message() == AUTHENTICATED
    assert client.subscribe(trades=["AAPL"], quotes=["AAPL"]) == of_stocks(
        trades=["AAPL"], quotes=["AAPL"]
    )
    load(
        made.trade(1, price="100.50", size="0.25", side="sell", exchange="V", tape="C"),
        made.quote(symbol="AAPL", bid="1.10", ask="1.2", bid_size="3", exchange="V"),
    )
    trade, quote = sorted(client.messages(2), key=lambda one: one["T"], reverse=True)
    page = api.get("/alpaca/v2/stocks/AAPL/trades", params={"start": "2026-02-27T12:00:01Z"})
    assert trade == {"T": "t", "S": "AAPL"} | page.json()["trades"][0]
    assert (trade["p"], trade["s"], trade["i"], trade["tks"]) == (100.5, 0.25, 1, "S")
    page = api.get("/alpaca/v2/stocks/AAPL/quotes", params={"start": "2026-02-27T12:00:00Z"})
    assert quote.items() <= ({"T": "q", "S": "AAPL"} | page.json()["quotes"][0]).items()
    assert (quote["bp"], quote["bs"], quote["ap"], quote["as"]) == (1.1, 3, 1.2, 0)


def test_messagepack_is_for_those_who_ask_for_it(
    api: httpx.Client, load: Load, connect: Connect
) -> None:
    load(made.trade(0))
    client = connect(api, headers=MSGPACK)
    assert client.message() == CONNECTED
    assert client.subscribe(trades=["AAPL"]) == of_stocks(trades=["AAPL"])
    load(made.trade(1, price="100.50", size="10"))
    at = datetime(2026, 2, 27, 12, 0, 1, tzinfo=UTC)
    assert client.message() == {
        "T": "t", "S": "AAPL", "p": 100.5, "s": 10, "c": [], "t": at, "i": 1,
    }  # fmt: skip


def test_a_pair_is_named_as_the_client_names_it(
    api: httpx.Client, load: Load, connect: Connect
) -> None:
    load(made.trade(0, symbol="KRAKEN:BTC/USD"))
    client = connect(api, "/v1beta3/crypto/us")
    client.message()
    answer = client.subscribe(trades=["BTC/USD", "BTCUSD"])
    assert (answer["trades"], answer["orderbooks"]) == (["BTC/USD", "BTCUSD"], [])
    load(made.trade(1, symbol="KRAKEN:BTC/USD"))
    assert [one["S"] for one in client.messages(2)] == ["BTC/USD", "BTCUSD"]


def test_corrections_and_cancels_come_with_the_trades(
    api: httpx.Client, load: Load, connect: Connect
) -> None:
    load(made.trade(0), made.trade(1))
    client = connect(api)
    client.message()
    client.subscribe(trades=["AAPL"])
    load(correction(0, price="99.50"), cancel(1))
    corrected, cancelled = sorted(client.messages(2), key=lambda one: str(one["T"]))
    assert corrected == {
        "T": "c", "S": "AAPL", "x": "E", "oi": 0, "op": 100.25, "os": 10, "oc": [],
        "ci": 0, "cp": 99.5, "cs": 10, "cc": [], "z": "", "t": "2026-02-27T12:00:00Z",
    }  # fmt: skip
    assert cancelled == {
        "T": "x", "S": "AAPL", "x": "E", "i": 1, "p": 100.25, "s": 10, "a": "C", "z": "",
        "t": "2026-02-27T12:00:01Z",
    }  # fmt: skip


def test_what_is_not_stored_yet_is_no_error(
    api: httpx.Client, load: Load, connect: Connect
) -> None:
    client = connect(api, "")
    client.message()
    assert client.subscribe(trades=["NEW"]) == of_stocks(trades=["NEW"])
    load(made.trade(0, symbol="NEW"))
    assert client.message()["S"] == "NEW"


def test_a_name_that_means_something_only_later_is_found_then(
    api: httpx.Client, load: Load, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WATCH_SECONDS", 0.05)
    monkeypatch.setattr(connection, "RESOLVE_SECONDS", 0.1)
    client = connect(api, "/v1beta3/crypto/us")
    client.message()
    client.subscribe(trades=["BTC/USD"])
    numbers = itertools.count()

    def is_found() -> bool:
        load(made.trade(next(numbers), symbol="KRAKEN:BTC/USD"))
        return client.has_message()

    wait_until(is_found, "trades of the new symbol come")
    assert client.message()["S"] == "BTC/USD"


def test_a_channel_that_is_not_served_is_told_and_the_rest_counts(
    api: httpx.Client, connect: Connect
) -> None:
    client = connect(api)
    client.message()
    told = client.subscribe(trades=["AAPL"], statuses=["*"])
    assert (told["T"], told["code"]) == ("error", 410)
    assert client.message() == of_stocks(trades=["AAPL"])


def test_an_unsubscription_is_answered_with_what_is_left(
    api: httpx.Client, load: Load, connect: Connect
) -> None:
    load(made.trade(0), made.trade(0, symbol="MSFT"))
    client = connect(api)
    client.message()
    client.subscribe(trades=["AAPL", "MSFT"])
    client.send(action="unsubscribe", trades=["AAPL", "IBM"], bars=["IBM"])
    assert client.message() == of_stocks(trades=["MSFT"])
    load(made.trade(1), made.trade(1, symbol="MSFT"))
    assert client.message()["S"] == "MSFT"


def test_bad_requests_are_errors_and_the_connection_goes_on(
    api: httpx.Client, connect: Connect
) -> None:
    client = connect(api)
    client.message()
    client.send_raw("{")
    assert client.message()["code"] == 400
    assert client.subscribe(trades=[f"S{n}" for n in range(1001)])["code"] == 405
    # A message may come in pieces, as alpaca-py sends long ones.
    client.send_raw(iter(['{"action":"subscribe",', '"trades":["AAPL"]}']))
    assert client.message() == of_stocks(trades=["AAPL"])


def test_a_feed_that_does_not_exist_ends_the_connection(
    api: httpx.Client, connect: Connect
) -> None:
    client = connect(api, "/v2/nasdaq")
    client.message()
    client.send(action="auth", key="any", secret="any")
    assert client.message() == {
        "T": "error",
        "code": 409,
        "msg": "insufficient subscription: there is no feed nasdaq; iex is one",
    }
    assert client.ended()[0] == 1008


def test_a_stream_over_http_is_told_to_be_a_socket(api: httpx.Client) -> None:
    answer = api.get("/alpaca/v2/iex")
    assert answer.status_code == 404
    assert answer.json()["message"].endswith("their address begins with ws://")


def test_a_key_comes_in_a_message_or_in_the_headers(
    serve: Serve, fresh_database: str, connect: Connect
) -> None:
    make_key(fresh_database)
    api = serve(api_keys="required")
    client = connect(api)
    assert client.message() == CONNECTED
    assert client.subscribe(trades=["AAPL"]) == {
        "T": "error",
        "code": 401,
        "msg": "not authenticated",
    }
    client.send(action="auth", key="PK1", secret=KEY)
    assert client.message() == AUTHENTICATED
    client.send(action="auth", key="PK1", secret=KEY)
    assert client.message()["code"] == 403
    assert client.subscribe(trades=["AAPL"])["trades"] == ["AAPL"]
    client = connect(api, headers={"APCA-API-KEY-ID": "PK1", "APCA-API-SECRET-KEY": KEY})
    assert client.messages(2) == [CONNECTED, AUTHENTICATED]


def test_a_wrong_key_and_none_end_the_connection(
    serve: Serve, fresh_database: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = serve(api_keys="required")
    client = connect(api)
    client.message()
    client.send(action="auth", key="PK1", secret=OTHER)
    assert client.message()["code"] == 402
    assert client.ended()[0] == 1008
    client = connect(api, headers={"APCA-API-SECRET-KEY": OTHER})
    assert [one.get("code") for one in client.messages(2)] == [None, 402]
    monkeypatch.setattr(connection, "AUTH_SECONDS", 0.2)
    client = connect(api)
    assert client.messages(2)[1] == {"T": "error", "code": 404, "msg": "auth timeout"}
    assert client.ended()[0] == 1008


def test_a_revoked_key_ends_its_stream(serve: Serve, fresh_database: str, connect: Connect) -> None:
    make_key(fresh_database)
    client = connect(serve(api_keys="required"), headers={"APCA-API-SECRET-KEY": KEY})
    client.messages(2)
    client.subscribe(trades=["AAPL"])
    revoke(fresh_database)
    assert client.message()["msg"] == "auth failed: the API key was revoked"
    assert client.ended()[0] == 1008


def test_streams_beyond_the_limit_are_refused(serve: Serve, connect: Connect) -> None:
    api = serve(api_streams=1)
    first, second = connect(api), connect(api)
    for client in (first, second):
        client.message()
        client.send(action="auth", key="any", secret="any")
    codes = {client.message().get("code") for client in (first, second)}
    assert codes == {None, 406}
