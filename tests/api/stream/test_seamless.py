"""History, live events and breaks: a client ends equal to SQL, and is told nothing twice."""

import os
import random
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.conftest import Serve
from tests.api.stream.clients import Message, Table, events, has, next_with, sse
from tests.api.stream.loading import Load, Loader
from tests.ingest import made
from tests.ingest.amended import cancel, correction
from tests.support import execute

CUTS = 1000 if os.environ.get("FULL_FAULTS") else 60
DEADLINE_SECONDS = 60
EVERYTHING = {
    "symbols": "A,B,EUR/USD",
    "channels": "trades,quotes",
    "source": "sim",
    "since": "2026-02-27",
    "ts": "ns",
}


def read_to_the_end(api: httpx.Client, table: Table, url: str, **parameters: str) -> None:
    """Reads on from where the table is until it knows what is stored."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    with sse(api, last_event_id=table.resume, **parameters) as messages:
        for message in messages:
            table.apply(message)
            if has(message, "live"):
                break
            assert time.monotonic() < deadline, "it does not become live"
    assert table.differs(url) == ""


def test_history_joins_what_is_committed_meanwhile(api: httpx.Client, fresh_database: str) -> None:
    table = Table()
    with Load(fresh_database, seed=1) as load:
        wait_for(load, 30)
        with sse(api, **EVERYTHING) as messages:
            read_until(messages, table, lambda: load.batches > 150)
        load.stop()
    read_to_the_end(api, table, fresh_database, **EVERYTHING)


def test_any_number_of_cuts_leaves_a_client_equal_to_sql(
    api: httpx.Client, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.stream.history.PAGE_EVENTS", 7)
    monkeypatch.setattr("api.stream.history.PART_BYTES", 600)
    monkeypatch.setattr("api.stream.parts.PART_BYTES", 600)
    monkeypatch.setattr("api.stream.log.MOST_EVENTS", 5)
    chance = random.Random(16)
    table = Table()
    with Load(fresh_database, seed=2) as load:
        wait_for(load, 20)
        for _ in range(CUTS):
            with sse(api, last_event_id=table.resume, **EVERYTHING) as messages:
                for _ in range(chance.choice([1, 1, 2, 2, 3, 5, 8])):
                    table.apply(next(messages))
        load.stop()
    monkeypatch.undo()  # what the load is ahead by comes in pages of the usual size
    read_to_the_end(api, table, fresh_database, **EVERYTHING)


def test_two_processes_give_the_same_events(
    serve: Serve, fresh_database: str, load: Loader
) -> None:
    """Of what is amended at once, one may give what it was before; both end equal."""
    apis = [serve(), serve()]
    with sse(apis[0], **EVERYTHING) as one, sse(apis[1], **EVERYTHING) as other:
        for messages in (one, other):
            next_with(messages, "live")
        for number in range(40):
            load.put(made.trade(number, symbol="A"), made.trade(number, symbol="B"))
            load.put(correction(number, "7", symbol="B"), made.quote(dedupe_id=str(number)))
            load.put(cancel(number - 1, symbol="B"))
        load.put(made.trade(99, symbol="A"))
        tables, told = [], []
        for messages in (one, other):
            table, plain = Table(), []
            while not plain or plain[-1]["i"] != "99":
                message = next(messages)
                table.apply(message)
                plain += [event for event in events(message, "trade") if event["symbol"] == "A"]
            tables.append(table)
            told.append(plain)
    assert told[0] == told[1]
    assert [event["i"] for event in told[0]] == [*map(str, range(40)), "99"]
    assert [table.differs(fresh_database) for table in tables] == ["", ""]


def test_the_place_after_a_message_is_that_of_its_events(api: httpx.Client, load: Loader) -> None:
    load.put(*(made.trade(number) for number in range(3)))
    with sse(api, symbols="AAPL", since="2026-02-27") as messages:
        page = next_with(messages, "trade")
    load.put(made.trade(3), cancel(1))
    with sse(api, symbols="AAPL", resume=page["resume"]) as messages:
        found = next_with(messages, "trade")
    assert [(event["i"], event["action"]) for event in found["events"]] == [
        ("1", "cancelled"), ("3", "new"),
    ]  # fmt: skip


def test_history_begins_at_its_nanosecond(api: httpx.Client, load: Loader) -> None:
    times = [f"2026-02-27T12:00:00.{fraction}Z" for fraction in ("000000500", "000000501")]
    load.put(*(made.trade(n, event_time=time) for n, time in enumerate(times)))
    with sse(api, symbols="AAPL", since=times[1]) as messages:
        found = next_with(messages, "trade")
        assert [event["i"] for event in found["events"]] == ["1"]
        next_with(messages, "live")
        load.put(made.trade(-5))  # before the time at which the stream begins
        load.put(made.trade(5))
        assert [event["i"] for event in next(messages)["events"]] == ["5"]


def test_an_event_that_moves_into_the_stream_is_new(api: httpx.Client, load: Loader) -> None:
    load.put(made.trade(1), made.trade(20))
    with sse(api, symbols="AAPL", since="2026-02-27T12:00:10Z") as messages:
        next_with(messages, "live")
        load.put(made.trade(21), correction(1, "9", event_time="2026-02-27T12:00:30.000000Z"))
        found = {event["i"]: event for event in next(messages)["events"]}
    assert found["21"]["action"] == "new"
    if "1" in found:  # a correction with a time of its own moves the trade
        assert found["1"]["action"] == "new"
        assert "was" not in found["1"]


def test_a_place_of_another_history_is_unknown(
    api: httpx.Client, load: Loader, fresh_database: str
) -> None:
    load.put(made.trade(1))
    with sse(api, symbols="AAPL", since="2026-02-27") as messages:
        place = next_with(messages, "live")["resume"]
    execute(fresh_database, "update ops.changes set mark = mark + 1")  # as after a restore
    with sse(api, symbols="AAPL", resume=place) as messages:
        [fault] = events(next_with(messages, "error"), "error")
        assert fault["code"] == "unknown_resume"
        assert "since=" in fault["message"]
        assert list(messages) == []


def test_the_place_within_a_history_belongs_to_its_symbols(
    api: httpx.Client, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.stream.history.PAGE_EVENTS", 2)
    load.put(*(made.trade(number) for number in range(9)))
    with sse(api, symbols="AAPL", since="2026-02-27") as messages:
        place = next_with(messages, "trade")["resume"]
    answer = api.get("/v1/stream", params={"symbols": "B", "resume": place})
    assert answer.status_code == 422
    assert "resume is a place in the history of other symbols" in answer.json()["detail"]


def wait_for(load: Load, batches: int) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while load.batches < batches:
        assert time.monotonic() < deadline, "no batches"
        time.sleep(0.01)


def read_until(messages: Iterator[Message], table: Table, condition: Any) -> None:
    """Applies messages until the condition holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        table.apply(next(messages))
        assert time.monotonic() < deadline, "the load is too slow"
