"""The OpenAPI document describes the answers of the Alpaca dialect, and what it accepts."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from litestar.routes import HTTPRoute

from api.alpaca.routes import router
from api.settings import ApiSettings
from api.timeframes import canonical
from stack.database import Database
from tests import support
from tests.api.serving import served
from tests.api.store import Quote, Store, Tick, minute

PATHS = sorted(
    route.path_format
    for route in router.routes
    if isinstance(route, HTTPRoute)
    and any(handler.resolve_include_in_schema() for handler in route.route_handlers)
)
TIMEFRAMES = [
    *(f"{count}{unit}" for unit in ("Min", "T") for count in range(61)),
    *(f"{count}{unit}" for unit in ("Hour", "H") for count in range(25)),
    *(f"{count}{unit}" for unit in ("Day", "D", "Week", "W", "Month", "M") for count in range(13)),
]


@pytest.fixture(scope="module")
def api(database: Database, template: str) -> Iterator[httpx.Client]:
    """A client of one API with some ticks for all tests of this file."""
    with support.database_like(database.url, template) as url:
        store = Store(url)
        store.ticks("AAPL", [Tick(minute(2), "189.50"), Tick(minute(1), "189.72", None)])
        store.quotes("AAPL", [Quote(minute(2), "1", "2", "3"), Quote(minute(1), None, "2")])
        with served(ApiSettings(database_url=url, api_port=0)) as client:
            yield client


@pytest.fixture(scope="module")
def document(api: httpx.Client) -> dict[str, Any]:
    """The served document."""
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


def _operation(document: dict[str, Any], path: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path]["get"]
    return found


def _check(document: dict[str, Any], path: str, answer: httpx.Response) -> None:
    content = _operation(document, path)["responses"][str(answer.status_code)]["content"]
    schema = content[answer.headers["content-type"]]["schema"]
    Draft202012Validator(schema | {"components": document["components"]}).validate(answer.json())


@pytest.mark.parametrize("path", PATHS)
def test_answers_and_refusals_match_the_schema_of_their_path(
    api: httpx.Client, document: dict[str, Any], path: str
) -> None:
    names = {parameter["name"] for parameter in _operation(document, path)["parameters"]}
    wanted = {"symbols": "AAPL", "timeframe": "1Min"}
    sent = {name: wanted[name] for name in wanted.keys() & names}
    url = path.format(symbol="AAPL", loc="us")
    answers = [
        api.get(url, params=sent),
        api.get(url, params=sent | {"limit": 1}),
        api.get(url, params=sent | {"currency": "EUR"}),
        api.get(path.format(symbol="APPL", loc="us"), params=sent),
    ]
    alone = "latest" in path or "snapshot" in path
    last = 404 if alone and "{symbol}" in path else 200
    assert [answer.status_code for answer in answers] == [200, 200, 400, last]
    for answer in answers:
        _check(document, path, answer)


@pytest.mark.parametrize("path", PATHS)
def test_examples_match_the_schema_of_their_path(document: dict[str, Any], path: str) -> None:
    for answer in _operation(document, path)["responses"].values():
        for content in answer["content"].values():
            schema = content["schema"] | {"components": document["components"]}
            for example in content["examples"].values():
                Draft202012Validator(schema).validate(example["value"])


def test_the_documented_timeframes_are_those_that_are_possible(
    api: httpx.Client, document: dict[str, Any]
) -> None:
    path = "/alpaca/v2/stocks/{symbol}/bars"
    parameters = _operation(document, path)["parameters"]
    [schema] = [each["schema"] for each in parameters if each["name"] == "timeframe"]
    possible = [
        text
        for text in TIMEFRAMES
        if api.get("/alpaca/v2/stocks/AAPL/bars", params={"timeframe": text}).status_code == 200
    ]
    assert possible == [text for text in TIMEFRAMES if re.search(schema["pattern"], text)]
    # 21 divisors of a day below an hour, 7 below a day, a day, a week, and six spans of months.
    assert len({canonical(text) for text in possible}) == 36
