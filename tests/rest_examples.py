"""The requests of docs/rest.md and docs/clients, and what the API answers to them.

A request is a curl command in a console block; below it stands the answer, over the market of
tests/data/cookbook.sql. `python -m tests.rest_examples --write` rewrites the answers in place.
"""

import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg

from api.settings import ApiSettings
from db import edition
from stack import database as databases
from tests import cookbook, support
from tests.api.serving import served
from tests.api.store import Store, Tick

DOCS = Path(__file__).parents[1] / "docs"
DOCUMENTS = [DOCS / "rest.md", *sorted(DOCS.glob("clients/*.md"))]
BASE = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```console\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(
    rf"^\$ (?P<command>curl (?:[^\n]*\\\n)*[^\n]*{re.escape(BASE)}[^\n]*)\n"
    r"(?P<answer>(?:(?!\$ |```).*\n)*)",
    re.MULTILINE,
)
SHOWN = ("content-type", "etag", "cache-control", "retry-after", "vary", "allow")
LIVE = "TSLA"  # has traded in the last minutes, for what looks back from now
NEWER = datetime(2026, 5, 1, tzinfo=UTC)  # than all of the market but that symbol

# What differs from run to run, or between the editions.
TIME = re.compile(r"\b20\d\d-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")
EPOCH = re.compile(r"\b(\d{10})(\d{3}){0,3}\b")
VOLATILE = re.compile(
    r'("request_id":|"version":|"edition":|"timescaledb":|"postgresql":|"lag_seconds":)("[^"]*"|\d+)'
)


class Example(NamedTuple):
    """A curl command and the answer below it."""

    command: str
    answer: str


def examples() -> list[Example]:
    """Returns the examples of all documents."""
    return [
        Example(*found.groups())
        for document in DOCUMENTS
        for block in BLOCK.findall(document.read_text())
        for found in EXAMPLE.finditer(block)
    ]


@contextmanager
def served_market(url: str) -> Iterator[httpx.Client]:
    """Yields a client of an API over a migrated database, which gets the market."""
    fill(url)
    with served_filled(url) as client:
        yield client


@contextmanager
def served_filled(url: str) -> Iterator[httpx.Client]:
    """Yields a client of an API over the market."""
    with served(ApiSettings(database_url=url, api_port=0)) as client:
        client.headers["Accept-Encoding"] = "identity"  # as curl without --compressed
        yield client


def fill(url: str) -> None:
    """Stores the market in a migrated database."""
    store = Store(url)
    start = datetime.now(UTC).replace(second=1, microsecond=0) - timedelta(minutes=3)
    prices = ("244.80", "245.10", "244.95", "245.60")
    trades = [Tick(start + timedelta(seconds=40 * n), price) for n, price in enumerate(prices)]
    with psycopg.connect(url, autocommit=True) as conn:
        cookbook.fill(conn)
        store.ticks(LIVE, trades)
        store.make_candles(edition.kind_of(conn))


def answer(client: httpx.Client, command: str) -> str:
    """Returns what curl would print; with -i or -I the status and the headers that matter."""
    command, _pipe, reader = command.replace("\\\n", " ").partition(" | ")
    words = iter(shlex.split(command)[1:])
    headers, method, path, shows_head, written = {}, "GET", "", False, ""
    for word in words:
        match word:
            case "-H":
                name, _colon, value = next(words).partition(": ")
                headers[name] = value
            case "-X":
                method = next(words)
            case "-I" | "-sI":
                method, shows_head = "HEAD", True
            case "-i" | "-si":
                shows_head = True
            case "-w":
                written = next(words)
            case "-g" | "-s":
                pass
            case _:
                assert word.startswith(BASE), f"not understood in {command}: {word}"
                path = word.removeprefix(BASE)
    response = client.request(method, path, headers=headers)
    printed = response.text + written.replace("%{http_code}", str(response.status_code))
    if shows_head:
        lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items() if name in SHOWN]
        printed = "\n".join([*lines, *(["", printed] if printed else [])])
    return _read(reader, printed).rstrip("\n") + "\n"


def comparable(text: str) -> str:
    """Returns an answer without what differs from run to run."""
    text = VOLATILE.sub(r"\1?", text)
    text = TIME.sub(lambda found: "TIME" if found[0] >= f"{NEWER:%F}" else found[0], text)
    epoch = NEWER.timestamp()
    return EPOCH.sub(lambda found: "TIME" if int(found[1]) > epoch else found[0], text)


def write() -> None:
    """Puts today's answers into the documents; those that differ only in the time stay."""
    with (
        databases.start() as database,
        support.migrated_template(database) as template,
        support.database_like(database.url, template) as url,
        served_market(url) as client,
    ):
        for document in DOCUMENTS:
            text = document.read_text()
            document.write_text(BLOCK.sub(partial(_answered_block, client), text))


def _read(command: str, text: str) -> str:
    """Returns what the command behind a pipe prints of a text."""
    match shlex.split(command):
        case []:
            return text
        case ["head", "-n", count]:
            return "".join(text.splitlines(keepends=True)[: int(count)])
        case ["grep", "-o", pattern]:
            return "\n".join(found[0] for found in re.finditer(pattern, text))
        case _:
            raise AssertionError(f"not understood: {command}")


def _answered_block(client: httpx.Client, block: re.Match[str]) -> str:
    return EXAMPLE.sub(partial(_answered, client), block[0])


def _answered(client: httpx.Client, found: re.Match[str]) -> str:
    new = answer(client, found["command"])
    kept = found["answer"] if comparable(new) == comparable(found["answer"]) else new
    return f"$ {found['command']}\n{kept}"


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.rest_examples --write")
    write()
