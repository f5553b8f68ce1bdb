"""Exports of whole windows over both: byte by byte as the database gave them."""

import io
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

pytest.importorskip("pyiceberg", reason="needs pyiceberg: pip install 'stockpulse[archive]'")
pytest.importorskip("duckdb", reason="needs duckdb: pip install 'stockpulse[archive]'")
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from api import patience
from api.archived import days, event_rows, whole, work
from api.errors import Busy
from stack.database import Database
from tests.api.archived import test_bar_pages as bars
from tests.api.archived import test_event_pages as events
from tests.api.archived.archiving import Archiver
from tests.api.store import Store, Tick

SYMBOLS = {"symbols": "AAA,BBB,CCC"}
WINDOWS = [window for window in events.WINDOWS if "start" in window]
WHOLE = {"start": "2026-03-01", "end": "2026-03-06"}


def exported(client: httpx.Client, path: str, asked: dict[str, Any]) -> Any:
    """Returns an export: its bytes, or of Arrow and Parquet its table."""
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    match asked["format"]:
        case "arrow":
            return pa.ipc.open_stream(answer.content).read_all()
        case "parquet":
            return pa.parquet.read_table(io.BytesIO(answer.content))
    return answer.content


def formats(*queries: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns each query in the formats of text, and the first in all."""
    return [
        *({**query, "format": form} for query in queries for form in ("csv", "ndjson")),
        *({**queries[0], "format": form} for form in ("arrow", "parquet")),
    ]


@pytest.mark.parametrize("kind", ["trades", "quotes"])
def test_exported_events_across_the_border_are_those_that_the_database_gave(
    fresh_database: str,
    database: Database,
    archiver: Archiver,
    api: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    events.store(fresh_database, database.edition, kind)
    strings = {"ts": "ns", "decimals": "string"}
    queries = formats(
        *(
            {**SYMBOLS, "sort": sort, **window}
            for sort, window in itertools.product(("asc", "desc"), WINDOWS)
        ),
        {**SYMBOLS, **WINDOWS[0], **strings},
    )
    hot = [exported(api, f"/v1/{kind}", query) for query in queries]
    archiver.archive(events.DAYS[:2], kind)
    archiver.drop(events.BORDER, kind)
    monkeypatch.setattr(whole, "EVENTS_AT_ONCE", 7)  # ties lie across the borders of lists
    monkeypatch.setattr(event_rows, "MANY", 7)
    for query, expected in zip(queries, hot, strict=True):
        assert exported(api, f"/v1/{kind}", query) == expected, query


@pytest.mark.parametrize(
    "every",
    [pytest.param(1, marks=pytest.mark.scale, id="all"), pytest.param(7, id="some")],
)
def test_exported_bars_of_dropped_levels_are_those_that_the_database_gave(
    fresh_database: str,
    database: Database,
    archiver: Archiver,
    api: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    every: int,
) -> None:
    bars.store(fresh_database, database.edition)
    found = [query for query in bars.queries() if "start" in query and "limit" not in query]
    queries = formats(*({**query, "coverage": "false"} for query in found[::every]))
    hot = [exported(api, "/v1/bars", query) for query in queries]
    bars.drop_levels(archiver)
    monkeypatch.setattr(whole, "BARS_AT_ONCE", 1500)  # a day of minutes
    for query, expected in zip(queries, hot, strict=True):
        assert exported(api, "/v1/bars", query) == expected, query
    refused = api.get("/v1/bars", params=WHOLE | SYMBOLS | {"fill": "null", "format": "csv"})
    assert (refused.status_code, refused.json()["type"][-13:]) == (422, "archived-only")
    assert "stockpulse restore" in refused.json()["detail"]


def test_ranges_of_an_export_are_cut_from_one_result(
    fresh_database: str, database: Database, archiver: Archiver, api: httpx.Client
) -> None:
    events.store(fresh_database, database.edition, "trades")
    archiver.archive(events.DAYS[:2], "trades")
    archiver.drop(events.BORDER, "trades")
    asked = WHOLE | SYMBOLS | {"format": "parquet"}
    head = api.head("/v1/trades", params=asked)
    part = api.get("/v1/trades", params=asked, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"PAR1")
    assert part.headers["ETag"] == head.headers["ETag"]


def test_an_export_waits_while_others_read_the_archive_but_not_for_ever(
    api: httpx.Client, store: Store, archiver: Archiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = datetime(2026, 3, 2, 12, tzinfo=UTC)
    store.ticks("AAA", [Tick(first + timedelta(days=day), f"{day}.50") for day in range(3)])
    archiver.archive([date(2026, 3, 2)], "trades", "candles_1m")
    archiver.drop(date(2026, 3, 3), "trades", "candles_1m")
    params = WHOLE | {"symbols": "AAA", "source": "sim", "format": "csv"}
    queries = (("/v1/trades", params), ("/v1/bars", params | {"timeframe": "1m"}))
    real, refused = work.Work.run, []

    async def run(self: work.Work, read: Any) -> Any:
        if len(refused) < busy:
            refused.append(read)
            raise Busy("Too many requests read the archive; try again in a second.")
        return await real(self, read)

    monkeypatch.setattr(work.Work, "run", run)
    monkeypatch.setattr(patience, "BUSY_SECONDS", 0.01)
    for path, asked in queries:
        busy = len(refused) + 2
        found = api.get(path, params=asked)
        assert (found.status_code, len(found.text.splitlines())) == (200, 4), path
        assert len(refused) == busy
    busy = 1_000_000
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.1)
    for path, asked in queries:
        assert api.get(path, params=asked).status_code == 503


def test_an_export_under_which_a_day_is_dropped_does_not_lack_it_in_silence(
    api: httpx.Client, store: Store, archiver: Archiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = datetime(2026, 3, 2, 12, tzinfo=UTC)
    store.ticks("AAA", [Tick(first + timedelta(days=day), f"{day}.50") for day in range(4)])
    archiver.archive([date(2026, 3, 2), date(2026, 3, 3)], "trades")
    archiver.drop(date(2026, 3, 3), "trades")
    real, asked = days.Days.read, []

    async def read(self: days.Days, relations: Any, *window: Any) -> days.Archived:
        found = await real(self, relations, *window)
        if relations is not days.ALL and not asked:
            asked.append(len(found.gone))
            archiver.drop(date(2026, 3, 4), "trades")
        return found

    monkeypatch.setattr(days.Days, "read", read)
    params = WHOLE | {"symbols": "AAA", "source": "sim", "format": "csv"}
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        api.get("/v1/trades", params=params)
    assert asked == [1]
    again = api.get("/v1/trades", params=params)
    assert len(again.text.splitlines()) == 5
