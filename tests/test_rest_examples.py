"""Every request in docs/rest.md and docs/clients has the answer below it; every route has one."""

import re
from collections.abc import Iterator

import httpx
import pytest

from stack.database import Database
from tests import rest_examples, support
from tests.rest_examples import BASE

EXAMPLES = rest_examples.examples()
PATH = re.compile(re.escape(BASE) + r"([^\s'?\"]*)")


@pytest.fixture(scope="module")
def client(database: Database, template: str) -> Iterator[httpx.Client]:
    """A client of an API over the market."""
    with (
        support.database_like(database.url, template) as url,
        rest_examples.served_market(url) as opened,
    ):
        yield opened


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.command for one in EXAMPLES])
def test_answer_is_that_of_the_document(
    client: httpx.Client, example: rest_examples.Example
) -> None:
    found = rest_examples.answer(client, example.command)
    assert rest_examples.comparable(found) == rest_examples.comparable(example.answer)


def test_every_route_has_an_example(client: httpx.Client) -> None:
    paths = {path for one in EXAMPLES for path in PATH.findall(one.command)}
    missing = []
    for template, operations in client.get("/openapi.json").json()["paths"].items():
        if "text/event-stream" in operations["get"]["responses"]["200"]["content"]:
            continue  # it does not end
        pattern = re.sub(r"\{\w+\}", "[^?]+", template)
        if not any(re.fullmatch(pattern, path) for path in paths):
            missing.append(template)
    assert missing == []


def test_every_document_with_requests_has_some_that_are_checked() -> None:
    commands = "\n".join(one.command for one in EXAMPLES)
    for dialect in ("/v1/", "/alpaca/", "/binance/", "/udf/", "/ticks/"):
        assert BASE + dialect in commands
