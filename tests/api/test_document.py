"""The OpenAPI document is valid, complete, and describes what the API really answers."""

from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.api.store import Store, Tick, minute

PATHS = {
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
    "/v1/symbols",
}


@pytest.fixture
def document(api: httpx.Client) -> dict[str, Any]:
    """The document as it is served."""
    answer = api.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def test_document_is_valid_and_covers_every_route(document: dict[str, Any]) -> None:
    validate(document)
    assert set(document["paths"]) == PATHS


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


def test_wrong_input_is_documented_as_422_and_in_the_right_shape(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        answers = operations["get"]["responses"]
        assert "400" not in answers, path
        if "parameters" in operations["get"]:
            native = path.startswith("/v1/")
            media_type = "application/problem+json" if native else "application/json"
            assert set(answers["422"]["content"]) == {media_type}, path


@pytest.mark.parametrize("path", sorted(PATHS))
def test_what_is_answered_is_what_is_documented(
    api: httpx.Client, store: Store, document: dict[str, Any], path: str
) -> None:
    store.ticks("AAPL", [Tick(minute(2), "189.50"), Tick(minute(1), "189.72", None)])
    operation = document["paths"][path]["get"]
    wanted = {"symbol": "AAPL", "symbols": "AAPL"}
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    answer = api.get(path, params={name: wanted[name] for name in wanted.keys() & names})
    assert answer.status_code == 200
    _check(document, operation, "200", answer)
    if names:
        refused = api.get(path, params={"limit": 0, "minutes": 0})
        assert refused.status_code == 422
        _check(document, operation, "422", refused)


def _check(
    document: dict[str, Any], operation: dict[str, Any], status: str, answer: httpx.Response
) -> None:
    content = operation["responses"][status]["content"][answer.headers["content-type"]]
    schema = content["schema"] | {"components": document["components"]}
    Draft202012Validator(schema).validate(answer.json())
    for example in content["examples"].values():
        Draft202012Validator(schema).validate(example["value"])
