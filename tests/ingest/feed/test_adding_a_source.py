"""The example of docs/how-to/add-a-source.md is a source: one file, and nothing else."""

import json
import sys
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

import ingest.sources
from stack.venue.thread import quiet, running
from tests import how_to
from tests.ingest.feed.conftest import events, markers
from tests.support import wait_until

FRAMES = (
    '{"s":"A","p":1.10,"n":7,"t":"2026-02-27T12:05:00.123456Z"}',
    "no frame",
    '{"s":"A","p":1e-7,"n":8,"t":"2026-02-27T12:05:01Z"}',
)


class EchoVenue:
    url = ""

    async def serve(self, port: int = 0):
        server = await serve(self._handle, "127.0.0.1", port, logger=quiet)
        self.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        return server

    async def _handle(self, connection):
        assert json.loads(await connection.recv()) == {"subscribe": "A"}
        for text in FRAMES:
            await connection.send(text)
        await connection.wait_closed()


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds the source of the page to those there are."""
    (tmp_path / "echo.py").write_text(how_to.blocks("add-a-source.md")["ingest/sources/echo.py"])
    monkeypatch.setattr(ingest.sources, "__path__", [*ingest.sources.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "ingest.sources.echo", raising=False)
    monkeypatch.setattr("ingest.feed.tokens.sources", lambda: ["echo"])


def test_the_example_of_the_page_is_a_source(echo, feeding, published):
    with running(EchoVenue()) as venue, feeding("echo", symbols=("A",), url=venue.url) as started:
        wait_until(lambda: len(events(published())) == 2, "the trades")
        fed = started.end()
    messages = published()
    assert [(one["price"], one["dedupe_id"]) for one in events(messages)] == [
        ("1.10", "7"),
        ("0.0000001", "8"),
    ]
    assert markers(messages, "start")[0]["since"] == "2026-02-27T12:05:00.123456Z"
    assert fed.healths[0].bad_frames == 1
