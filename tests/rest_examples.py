"""The requests of docs/rest.md and what the API answers over the market of tests/data/cookbook.sql.

A request is a curl command in a console block; below it stands the answer. `python -m
tests.rest_examples --write` rewrites the answers, in the document itself.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg

from api.settings import ApiSettings
from stack import database as databases
from tests import cookbook, support
from tests.api.serving import served
from tests.api.store import Store, Tick
from tests.db import support as db_support

DOCUMENT = Path(__file__).parents[1] / "docs" / "rest.md"
BASE = "http://127.0.0.1:8000"
EXAMPLE = re.compile(
    r"^```console\n\$ (?P<command>curl (?:[^\n]*\\\n)*[^\n]*)\n(?P<answer>.*?)^```\n",
    re.MULTILINE | re.DOTALL,
)
# Of the newest trades, of requests and of releases: they differ each time.
VOLATILE = (
    (re.compile(r"\b20\d\d-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?"), "TIME"),
    (re.compile(r'("request_id":|X-Request-ID: )"?[\w.-]+"?', re.IGNORECASE), "REQUEST"),
    (re.compile(r'("version":)"[^"]*"'), "VERSION"),
)
FIXED = "2026-03"  # the month of the market
LIVE = "TSLA"  # has traded in the last minutes, for what looks back from now


class Example(NamedTuple):
    """A curl command and the answer below it."""

    command: str
    answer: str


def examples() -> list[Example]:
    """Returns the examples in their order."""
    return [Example(*found.groups()) for found in EXAMPLE.finditer(DOCUMENT.read_text())]


@contextmanager
def served_market(url: str) -> Iterator[httpx.Client]:
    """Yields a client of an API over a migrated database, which gets the market."""
    with psycopg.connect(url, autocommit=True) as conn:
        cookbook.fill(conn)
        db_support.refresh_all(conn)
    start = datetime.now(UTC).replace(second=1, microsecond=0) - timedelta(minutes=3)
    prices = ("244.80", "245.10", "244.95", "245.60")
    trades = [Tick(start + timedelta(seconds=40 * n), price) for n, price in enumerate(prices)]
    Store(url).ticks(LIVE, trades)
    with served(ApiSettings(database_url=url, api_port=0)) as client:
        yield client


def answer(client: httpx.Client, command: str) -> str:
    """Returns what curl would print: the body, with -i or -I the status and headers that matter."""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    headers, method, path, shows_head = {}, "GET", "", False
    for word in words:
        match word:
            case "-H":
                name, _colon, value = next(words).partition(": ")
                headers[name] = value
            case "-I":
                method, shows_head = "HEAD", True
            case "-i":
                shows_head = True
            case "-s" | "-G":
                pass
            case "--data-urlencode":
                name, _equals, value = next(words).partition("=")
                path += f"{'&' if '?' in path else '?'}{httpx.QueryParams({name: value})}"
            case _:
                assert word.startswith(BASE), f"not understood in {command}: {word}"
                path = word.removeprefix(BASE) + path
    response = client.request(method, path, headers=headers)
    lines = []
    if shows_head:
        shown = ("content-type", "etag", "cache-control", "retry-after", "vary", "allow")
        lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items() if name in shown]
        lines += [""] if response.text else []
    return "\n".join([*lines, response.text.rstrip("\n"), ""]).lstrip("\n")


def comparable(text: str) -> str:
    """Returns an answer without what differs from run to run."""
    for pattern, name in VOLATILE:
        text = pattern.sub(
            lambda found, name=name: found[0] if found[0].startswith(FIXED) else name, text
        )
    return text


def write() -> None:
    """Puts today's answers into the document; those that differ only in the time stay."""
    with (
        databases.start() as database,
        support.migrated_template(database) as template,
        support.database_like(database.url, template) as url,
        served_market(url) as client,
    ):
        DOCUMENT.write_text(
            EXAMPLE.sub(lambda found: _answered(client, Example(*found.groups())),
                        DOCUMENT.read_text())
        )  # fmt: skip


def _answered(client: httpx.Client, example: Example) -> str:
    new = answer(client, example.command)
    kept = example.answer if comparable(new) == comparable(example.answer) else new
    return f"```console\n$ {example.command}\n{kept}```\n"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.rest_examples --write")
    write()
