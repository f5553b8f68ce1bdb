"""The OpenAPI document is valid, complete, and agrees with the answers of the API."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.api.conftest import Serve
from tests.api.keys import bearer, make_key
from tests.api.store import Store, Tick, minute

PATHS = {
    "/health/live",
    "/health/ready",
    "/ready",
    "/version",
    "/health",
    "/symbols",
    "/ticks/latest",
    "/ticks/summary",
    "/bars/latest",
    "/bars/summary",
    "/movers",
    "/api/v1/ping",
    "/api/v1/status",
    "/v1/bars",
    "/v1/bars/latest",
    "/v1/calendar",
    "/v1/coverage",
    "/v1/quotes",
    "/v1/quotes/latest",
    "/v1/snapshots",
    "/v1/gaps",
    "/v1/movers",
    "/v1/operation",
    "/v1/status",
    "/v1/symbols",
    "/v1/symbols/{symbol}",
    "/v1/timeframes",
    "/v1/trades",
    "/v1/trades/latest",
}
STREAMS = {"/v1/stream"}  # whose answers do not end
SHIMS = ("/alpaca/", "/binance/", "/udf/")  # for clients of other APIs; each has a test of its own


@pytest.fixture
def document(api: httpx.Client) -> dict[str, Any]:
    """The served document."""
    answer = api.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def test_document_is_valid_and_covers_every_route(document: dict[str, Any]) -> None:
    validate(document)
    assert {path for path in document["paths"] if not path.startswith(SHIMS)} == PATHS | STREAMS


def test_names_of_schemas_are_those_of_their_classes(document: dict[str, Any]) -> None:
    """Two classes of one name get those of their modules before it, which generators refuse."""
    prefixed = [name for name in document["components"]["schemas"] if name[0].islower()]
    assert prefixed == []


def test_every_parameter_is_described_and_every_answer_has_an_example(
    document: dict[str, Any],
) -> None:
    for path, operations in document["paths"].items():
        operation = operations["get"]
        assert operation["summary"], path
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (path, parameter["name"])
        for status, answer in operation["responses"].items():
            for content in answer["content"].values():
                assert content["examples"], (path, status)


def test_invalid_parameters_are_documented_as_422_in_the_shape_of_the_dialect(
    document: dict[str, Any],
) -> None:
    for path in PATHS:
        operations = document["paths"][path]
        answers = operations["get"]["responses"]
        assert "400" not in answers, path
        if "parameters" in operations["get"]:
            native = path.startswith("/v1/")
            media_type = "application/problem+json" if native else "application/json"
            assert set(answers["422"]["content"]) == {media_type}, path


@pytest.mark.parametrize(
    "path, name, least, most, default",
    [
        ("/v1/bars", "limit", 1, 10_000, 1000),
        ("/v1/trades", "limit", 1, 10_000, 1000),
        ("/v1/quotes", "limit", 1, 10_000, 1000),
        ("/v1/symbols", "limit", 1, 10_000, 10_000),
        ("/ticks/latest", "limit", 1, 100, 10),
        ("/ticks/summary", "minutes", 1, 1440, 5),
        ("/bars/latest", "limit", 1, 1440, 60),
        ("/bars/summary", "minutes", 1, 1440, 60),
        ("/movers", "minutes", 1, 1440, 5),
        ("/movers", "limit", 1, 20, 5),
    ],
)
def test_numbers_are_documented_with_their_bounds_and_default(
    document: dict[str, Any], path: str, name: str, least: int, most: int, default: int
) -> None:
    schema = _parameter(document, path, name)["schema"]
    found = [schema[key] for key in ("type", "minimum", "maximum", "default")]
    assert found == ["integer", least, most, default]


def test_required_parameters_are_documented_as_required(document: dict[str, Any]) -> None:
    required = {
        (path, parameter["name"])
        for path, operations in document["paths"].items()
        for parameter in operations["get"].get("parameters", [])
        if parameter["required"] and not path.startswith(SHIMS)
    }
    assert required == {
        ("/ticks/latest", "symbol"),
        ("/ticks/summary", "symbol"),
        ("/bars/latest", "symbol"),
        ("/bars/summary", "symbol"),
        ("/v1/bars", "symbols"),
        ("/v1/bars/latest", "symbols"),
        ("/v1/coverage", "symbols"),
        ("/v1/trades", "symbols"),
        ("/v1/trades/latest", "symbols"),
        ("/v1/quotes", "symbols"),
        ("/v1/quotes/latest", "symbols"),
        ("/v1/snapshots", "symbols"),
        ("/v1/symbols/{symbol}", "symbol"),
        ("/v1/gaps", "symbols"),
        ("/v1/stream", "symbols"),
    }
    assert _parameter(document, "/v1/bars", "sort")["schema"]["enum"] == ["asc", "desc"]


@pytest.mark.parametrize("path", sorted(PATHS))
def test_answers_match_their_documented_schema(
    api: httpx.Client, store: Store, document: dict[str, Any], path: str
) -> None:
    store.ticks("AAPL", [Tick(minute(2), "189.50"), Tick(minute(1), "189.72", None)])
    operation = document["paths"][path]["get"]
    store.execute(
        "insert into market.sessions (calendar, session_date, open_at, close_at)"
        " values ('XNYS', '2026-02-27', '2026-02-27 14:30Z', '2026-02-27 21:00Z')"
    )
    wanted = {"symbol": "AAPL", "symbols": "AAPL"}
    if path == "/v1/calendar":
        wanted = {"calendar": "XNYS"}
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    url = path.format(**wanted)
    in_query = wanted.keys() & names if url == path else ()
    answer = api.get(url, params={name: wanted[name] for name in in_query})
    assert answer.status_code == 200
    _check(document, operation, "200", answer)
    if names:
        refused = api.get(url, params={"limit": 0, "minutes": 0})
        assert refused.status_code == 422
        _check(document, operation, "422", refused)


def _parameter(document: dict[str, Any], path: str, name: str) -> dict[str, Any]:
    parameters = document["paths"][path]["get"]["parameters"]
    found: dict[str, Any] = next(each for each in parameters if each["name"] == name)
    return found


def _check(
    document: dict[str, Any], operation: dict[str, Any], status: str, answer: httpx.Response
) -> None:
    content = operation["responses"][status]["content"][answer.headers["content-type"]]
    schema = content["schema"] | {"components": document["components"]}
    Draft202012Validator(schema).validate(answer.json())
    for example in content["examples"].values():
        Draft202012Validator(schema).validate(example["value"])


def test_document_says_how_to_send_a_key_if_one_is_needed(
    serve: Serve, document: dict[str, Any], fresh_database: str
) -> None:
    assert "security" not in document
    make_key(fresh_database)
    guarded = serve(api_keys="required").get("/openapi.json", headers=bearer()).json()
    validate(guarded)
    assert guarded["security"] == [{"bearer": []}, {"header": []}]
    schemes = guarded["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert schemes["header"]["name"] == "X-API-Key"
    for path, operations in guarded["paths"].items():
        needs = not path.startswith(("/health", "/ready", "/version"))
        assert ("401" in operations["get"]["responses"]) == needs, path
        assert operations["get"].get("security") == (None if needs else []), path


def test_refusals_match_their_documented_schema(
    serve: Serve, document: dict[str, Any], fresh_database: str
) -> None:
    api = serve(api_keys="required")
    make_key(fresh_database, rate=1)
    assert api.get("/metrics", headers=bearer()).status_code == 200
    for path in ("/v1/symbols", "/movers"):
        operation = document["paths"][path]["get"]
        _check(document, operation, "401", api.get(path))
        _check(document, operation, "429", api.get(path, headers=bearer()))
