"""Answers that need the archive: corrected and restored days, formats, and an archive away."""

import csv
import io
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest

pytest.importorskip("pyiceberg", reason="needs pyiceberg: pip install 'stockpulse[archive]'")
pytest.importorskip("duckdb", reason="needs duckdb: pip install 'stockpulse[archive]'")

from api.archived import days, engine, work
from archive import restore
from archive.settings import ArchiveSettings
from cli.progress import no_progress
from stack.database import Database
from tests.api.archived.archiving import Archiver
from tests.api.conftest import Serve
from tests.api.store import Quote, Store, Tick
from tests.support import wait_until

FIRST = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAYS = [date(2026, 3, 2 + n) for n in range(3)]
BORDER = DAYS[2]
WINDOW = {"symbols": "AAA", "start": "2026-03-01", "end": "2026-03-06"}
GONE = [{"start": "2026-03-02T00:00:00Z", "end": "2026-03-04T00:00:00Z"}]


@pytest.fixture
def archived(store: Store, archiver: Archiver, database: Database) -> None:
    """Three days of a trade and a quote per hour, of which only the last is in the database."""
    times = [FIRST + timedelta(days=day, hours=hour) for day in range(3) for hour in range(3)]
    store.ticks("AAA", [Tick(ts, f"{n}.50") for n, ts in enumerate(times)])
    store.quotes("AAA", [Quote(ts, f"{n}.50", f"{n}.60") for n, ts in enumerate(times)])
    store.make_candles(database.edition)
    archiver.archive(DAYS[:2], "trades", "quotes")
    archiver.drop(BORDER, "trades", "quotes")


def prices(client: httpx.Client, **asked: Any) -> list[float]:
    """Returns the prices of the trades of a page."""
    answer = client.get("/v1/trades", params=WINDOW | asked)
    assert answer.status_code == 200, answer.text
    return [trade["p"] for trade in answer.json()["trades"].get("AAA", [])]


ALL = [n + 0.5 for n in range(9)]


@pytest.mark.usefixtures("archived")
def test_without_a_warehouse_an_answer_names_the_days_that_it_lacks(serve: Serve) -> None:
    client = serve()
    answer = client.get("/v1/trades", params=WINDOW).json()
    assert [trade["p"] for trade in answer["trades"]["AAA"]] == ALL[6:]
    assert answer["archived"] == GONE
    newest = client.get("/v1/trades", params={"symbols": "AAA", "limit": 3}).json()
    assert "archived" not in newest  # the page is full without them
    assert client.get("/v1/trades", params={"symbols": "AAA"}).json()["archived"] == GONE
    refused = client.get("/v1/quotes", params=WINDOW | {"format": "csv", "limit": 5})
    assert (refused.status_code, refused.json()["type"][-13:]) == (422, "archived-only")
    whole = client.get("/v1/trades", params=WINDOW | {"format": "csv"})
    assert whole.status_code == 422
    assert "Only the archive has 2026-03-02 to 2026-03-04" in whole.json()["detail"]


@pytest.mark.usefixtures("archived")
def test_bars_of_more_than_candles_name_the_days_that_they_lack(api: httpx.Client) -> None:
    seconds = api.get("/v1/bars", params=WINDOW | {"timeframe": "10s"}).json()
    assert seconds["archived"] == GONE
    minutes = api.get("/v1/bars", params=WINDOW).json()
    assert (len(minutes["bars"]["AAA"]), "archived" in minutes) == (9, False)


@pytest.mark.scale
@pytest.mark.usefixtures("archived")
def test_filled_bars_of_a_dropped_level_name_the_days_that_they_lack(
    api: httpx.Client, archiver: Archiver
) -> None:
    archiver.archive(DAYS[:2], "candles_1m")
    archiver.drop(BORDER, "candles_1m")
    asked = WINDOW | {"limit": 10_000}
    assert "archived" not in api.get("/v1/bars", params=asked).json()
    assert api.get("/v1/bars", params=asked | {"fill": "null"}).json()["archived"] == GONE


@pytest.mark.usefixtures("archived")
def test_a_flat_page_and_a_whole_export_reach_into_the_archive(api: httpx.Client) -> None:
    asked = WINDOW | {"format": "csv", "sort": "desc"}
    page = api.get("/v1/trades", params=asked | {"limit": 5})
    found = [row["p"] for row in csv.DictReader(io.StringIO(page.text))]
    assert found == [f"{price:.2f}" for price in ALL[::-1][:5]]
    assert len(api.get("/v1/quotes", params=asked | {"limit": 100}).text.splitlines()) == 10
    lines = api.get("/v1/trades", params=asked | {"limit": 9, "format": "ndjson"}).text
    assert len(lines.splitlines()) == 9
    assert len(api.get("/v1/trades", params=asked).text.splitlines()) == 10
    hot = api.get("/v1/trades", params=asked | {"start": "2026-03-04"})
    assert len(hot.text.splitlines()) == 4


@pytest.mark.scale
def test_a_flat_page_of_bars_reaches_into_the_archive(
    api: httpx.Client, store: Store, archiver: Archiver, database: Database
) -> None:
    store.ticks("AAA", [Tick(FIRST + timedelta(days=day), f"{day}.50") for day in range(3)])
    store.make_candles(database.edition)
    asked = WINDOW | {"format": "csv", "limit": 2}
    before = api.get("/v1/bars", params=asked).text
    relations = ("trades", "candles_1m")
    archiver.archive(DAYS[:2], *relations)
    archiver.drop(BORDER, *relations)
    assert api.get("/v1/bars", params=asked).text == before
    assert len(before.splitlines()) == 3


def test_a_corrected_day_is_served_as_its_newest_verified_snapshot_has_it(
    api: httpx.Client, store: Store, archiver: Archiver, database: Database
) -> None:
    store.ticks("AAA", [Tick(FIRST, "1.0")])
    archiver.archive(DAYS[:1], "trades")
    archiver.execute("update market.trades set price = 2.00")
    archiver.archive(DAYS[:1], "trades")
    archiver.execute("update market.trades set price = 3.000")
    archiver.archive(DAYS[:1], "trades")
    archiver.unverify_newest()
    archiver.drop(BORDER, "trades")
    assert '"p":2.00,' in api.get("/v1/trades", params=WINDOW | {"source": "sim"}).text


@pytest.mark.usefixtures("archived")
def test_a_restored_day_is_served_by_the_database_again(
    api: httpx.Client, fresh_database: str, warehouse: Path
) -> None:
    assert prices(api) == ALL
    settings = ArchiveSettings(database_url=fresh_database, warehouse=str(warehouse))
    for day in DAYS[:2]:
        restore.restore(settings, no_progress, day)
    shutil.rmtree(warehouse)
    assert prices(api) == ALL


@pytest.mark.usefixtures("archived")
def test_without_its_files_days_of_the_database_are_served_and_others_are_503(
    api: httpx.Client, warehouse: Path
) -> None:
    warehouse.rename(warehouse.with_name("elsewhere"))
    away = api.get("/v1/trades", params=WINDOW)
    assert (away.status_code, away.json()["type"]) == (503, "urn:stockpulse:problem:archive-away")
    assert "Retry-After" in away.headers
    assert prices(api, start="2026-03-04") == ALL[6:]
    assert prices(api, sort="desc", limit=2) == ALL[:6:-1]  # a page that ends before them
    warehouse.with_name("elsewhere").rename(warehouse)
    assert prices(api) == ALL


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Has the engine hang until the end; gives the number of readings that do."""
    release, hanging = threading.Event(), []

    def hang(*_: Any) -> Any:
        hanging.append(1)
        release.wait(30)
        raise OSError("the file system hung")

    monkeypatch.setattr(engine.Engine, "fetch_row", hang)
    yield lambda: len(hanging)
    release.set()


@pytest.mark.usefixtures("archived")
def test_a_file_system_that_hangs_takes_a_few_threads_and_no_request_for_long(
    serve: Serve, warehouse: Path, stuck: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MOST_WAITING", 2)
    client = serve(warehouse=str(warehouse), api_timeout_ms=500)
    for limit in (10, 11):
        away = client.get("/v1/trades", params=WINDOW | {"limit": limit})
        assert (away.status_code, away.json()["type"][-12:]) == (503, "archive-away")
        assert "within 0.5 seconds" in away.json()["detail"]
    busy = client.get("/v1/trades", params=WINDOW | {"limit": 12})
    assert (busy.status_code, busy.elapsed < timedelta(seconds=0.5)) == (503, True)
    assert prices(client, start="2026-03-04") == ALL[6:]
    assert stuck() == 2


@pytest.mark.usefixtures("archived")
def test_equal_questions_at_the_same_time_read_the_archive_once(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, real = [], engine.Engine.fetch_row

    def slow(*given: Any) -> Any:
        read.append(1)
        sleep(0.5)
        return real(*given)

    monkeypatch.setattr(engine.Engine, "fetch_row", slow)
    asked = WINDOW | {"end": "2026-03-03"}
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda _: api.get("/v1/trades", params=asked), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(read) == 1


@pytest.mark.scale
@pytest.mark.usefixtures("archived")
def test_a_client_that_leaves_ends_the_reading(
    api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []

    def endless(_engine: Any, task: work.Task, *_: Any) -> Any:
        task.interrupt_by(lambda: ended.append(1))
        while not ended:
            sleep(0.01)
        task.interrupt_by(None)

    monkeypatch.setattr(engine.Engine, "fetch_row", endless)
    with pytest.raises(httpx.ReadTimeout):
        api.get("/v1/trades", params=WINDOW, timeout=0.5)
    wait_until(lambda: bool(ended), "the reading is given up", seconds=3)


@pytest.mark.usefixtures("archived")
def test_an_answer_of_the_archive_has_its_tag(api: httpx.Client) -> None:
    first = api.get("/v1/trades", params=WINDOW)
    again = api.get("/v1/trades", params=WINDOW, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_day_that_is_dropped_while_a_page_is_read_is_in_it(
    api: httpx.Client,
    store: Store,
    archiver: Archiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.ticks("AAA", [Tick(FIRST + timedelta(days=day), f"{day}.50") for day in range(3)])
    archiver.archive(DAYS[:2], "trades")
    archiver.execute("update ops.lifecycle set keep = '14 days' where relation = 'trades'")
    real, dropped = days.Days.read, []

    async def read(self: days.Days, relations: Any, *window: Any) -> days.Archived:
        found = await real(self, relations, *window)
        if relations is not days.ALL and not dropped:
            dropped.append([day.is_stored for day in found.days])
            archiver.drop(BORDER, "trades")
        return found

    monkeypatch.setattr(days.Days, "read", read)
    assert prices(api, source="sim") == [0.5, 1.5, 2.5]
    assert dropped == [[True, True]]
