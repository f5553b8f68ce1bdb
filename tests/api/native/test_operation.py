"""The page /status reads what `stockpulse status --json` prints, but for what the broker knows."""

import httpx
import msgspec
import psycopg

from db import operation
from tests.api.conftest import Serve
from tests.api.store import Store, Tick, minute
from tests.db import feeds


def test_operation_is_that_of_the_command(api: httpx.Client, store: Store) -> None:
    store.ticks("AAPL", [Tick(minute(3), "1"), Tick(minute(2), "2")])
    with psycopg.connect(store.url, autocommit=True) as conn:
        feeds.add(conn, feeds.start(feeds.ago(hours=2)), feeds.heartbeat(feeds.ago(seconds=1)))
        expected = operation.read(conn)
    answer = api.get("/v1/operation")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    found = msgspec.json.decode(answer.content, type=operation.Operation)
    assert found.feeds == expected.feeds
    assert [one.source for one in found.feeds.sources] == ["sim"]
    assert found.loading == expected.loading


def test_operation_takes_no_parameter(api: httpx.Client) -> None:
    assert api.get("/v1/operation?most_series=7").status_code == 422


def test_answer_is_given_again_for_some_seconds(serve: Serve, store: Store) -> None:
    api = serve(api_cache_ms=900)
    first = api.get("/v1/operation").content
    store.execute("insert into market.instruments (symbol) values ('NEW')")
    assert api.get("/v1/operation").content == first
