"""Answers and errors of the dialects of other venues are as the OpenAPI document says."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.api.store import Quote, Store, Tick, minute

SYMBOL = {"symbol": "BTCUSD"}
WINDOW = SYMBOL | {"resolution": "1", "from": 0, "to": 4_000_000_000}
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("/binance/api/v3/ping", {}),
    ("/binance/api/v3/time", {}),
    ("/binance/api/v3/exchangeInfo", {}),
    ("/binance/fapi/v1/exchangeInfo", {}),
    ("/binance/eapi/v1/exchangeInfo", {}),
    ("/binance/api/v3/klines", SYMBOL | {"interval": "1m"}),
    ("/binance/api/v3/uiKlines", SYMBOL | {"interval": "1M"}),
    ("/binance/api/v3/aggTrades", SYMBOL),
    ("/binance/api/v3/trades", SYMBOL),
    ("/binance/api/v3/historicalTrades", SYMBOL | {"fromId": 0}),
    ("/binance/api/v3/ticker/24hr", SYMBOL),
    ("/binance/api/v3/ticker/24hr", {}),
    ("/binance/api/v3/ticker/price", SYMBOL),
    ("/binance/api/v3/ticker/bookTicker", {}),
    ("/udf/config", {}),
    ("/udf/symbols", SYMBOL),
    ("/udf/symbol_info", {}),
    ("/udf/search", {"query": "BTC"}),
    ("/udf/history", WINDOW),
    ("/udf/history", WINDOW | {"to": 1}),
    ("/udf/quotes", {"symbols": "BTCUSD,NONE"}),
    ("/udf/marks", WINDOW),
    ("/udf/timescale_marks", WINDOW),
    ("/udf/table", SYMBOL),
    ("/udf/options", {}),
]


@pytest.fixture
def document(api: httpx.Client) -> dict[str, Any]:
    """The served document."""
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


def _check(document: dict[str, Any], path: str, answer: httpx.Response) -> None:
    documented = document["paths"][path]["get"]["responses"][str(answer.status_code)]
    content = documented["content"][answer.headers["content-type"]]
    schema = content["schema"] | {"components": document["components"]}
    Draft202012Validator(schema).validate(answer.json())
    for example in content["examples"].values():
        Draft202012Validator(schema).validate(example["value"])


def test_answers_are_as_documented(
    api: httpx.Client, store: Store, document: dict[str, Any]
) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(minute(2), "189.50"), Tick(minute(1), "189.72", None)])
    store.quotes("KRAKEN:BTC/USD", [Quote(minute(1), "189.5", None)])
    for path, params in REQUESTS:
        answer = api.get(path, params=params)
        assert answer.status_code == 200, (path, answer.text)
        _check(document, path, answer)


def test_refusals_are_as_documented(
    api: httpx.Client, store: Store, document: dict[str, Any]
) -> None:
    store.ticks("KRAKEN:BTC/USD", [Tick(minute(2), "189.50")])
    for path, params in REQUESTS:
        refused = [params | {"unknown": 1}] if path.startswith("/binance") else []
        # any text may be searched for
        refused += [params | {name: "\n"} for name in params if name != "query"]
        for bad in refused:
            answer = api.get(path, params=bad)
            assert answer.status_code in (400, 404, 422), (path, bad, answer.text)
            _check(document, path, answer)


def test_all_paths_of_the_document_are_asked_for(document: dict[str, Any]) -> None:
    asked = {path for path, _params in REQUESTS}
    others = {
        f"/binance/{market}/v1/{name}"
        for market in ("fapi", "dapi", "eapi")
        for name in ("ping", "time", "exchangeInfo")
    }
    documented = {path for path in document["paths"] if path.startswith(("/binance/", "/udf/"))}
    assert documented - others == asked - others
