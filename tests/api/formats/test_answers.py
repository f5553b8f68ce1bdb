"""The answers of /v1/bars in other formats than JSON, over HTTP."""

import csv
import io
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pytest

from api.formats import ranges
from tests.api.store import NOON, Store, Tick, minutes

WINDOW = {"timeframe": "1m", "start": "2026-02-27T12:00:00Z", "end": "2026-02-27T13:00:00Z"}


@pytest.fixture(autouse=True)
def bars(store: Store) -> None:
    """Five bars of B and three of =A, a symbol that spreadsheets take for a formula."""
    store.ticks("B", minutes(5))
    store.ticks("=A", minutes(3, start=10))


def get(api: httpx.Client, form: str, **changes: Any) -> httpx.Response:
    parameters = {"symbols": ["B", "=A"], "format": form} | WINDOW | changes
    return api.get("/v1/bars", params={k: v for k, v in parameters.items() if v is not None})


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_csv_is_one_flat_table_of_all_symbols(api: httpx.Client) -> None:
    answer = get(api, "csv")
    lines = answer.text.splitlines()
    assert lines[0] == "symbol,t,o,h,l,c,v,n,vw,sp,vendor,final"
    assert lines[1] == "=A,2026-02-27T12:10:00Z,11.0,11.0,11.0,11.0,1.0,1,11.0,,,true"
    assert [line.split(",")[0] for line in lines[1:]] == ["=A"] * 3 + ["B"] * 5
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == (
        'attachment; filename="bars-1m-A-B-2026-02-27-2026-02-27.csv"'
    )
    assert "Accept" in answer.headers["vary"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["etag"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/x-ndjson", "ndjson"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("application/vnd.apache.parquet", "parquet"),
    ],
)
def test_accept_chooses_the_format(api: httpx.Client, accept: str, form: str) -> None:
    answer = api.get("/v1/bars", params={"symbols": "B"} | WINDOW, headers={"Accept": accept})
    assert answer.headers["content-type"] == accept
    assert answer.content == get(api, form, symbols="B").content


def test_json_stays_the_default(api: httpx.Client) -> None:
    answer = get(api, None)  # type: ignore[arg-type]
    assert list(answer.json()["bars"]) == ["=A", "B"]


def test_ndjson_has_the_same_bars_as_json(api: httpx.Client) -> None:
    found = [json.loads(line) for line in get(api, "ndjson").text.splitlines()]
    expected = get(api, "json").json()["bars"]
    keys = ("t", "o", "h", "l", "c", "v", "n", "vw", "final")
    assert [{key: row[key] for key in keys} for row in found] == [
        bar for symbol in ("=A", "B") for bar in expected[symbol]
    ]


@pytest.mark.parametrize("limit", [None, "500"])
@pytest.mark.parametrize(("fill", "session"), [("none", "all"), ("null", "all")])
def test_the_bar_of_a_bucket_that_goes_on_is_not_final_in_any_format(
    api: httpx.Client, store: Store, limit: str | None, fill: str, session: str
) -> None:
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    store.ticks("DAILY", [Tick(day - timedelta(days=1), "1"), Tick(day, "2")])
    daily = {"symbols": "DAILY", "timeframe": "1d", "start": "2026-02-27", "end": None}
    asked = daily | {"fill": fill, "session": session, "limit": limit}
    bars = get(api, "json", **asked).json()["bars"]["DAILY"]
    assert [bar["final"] for bar in bars[-2:]] == [True, False]
    assert [row["final"] for row in rows(get(api, "csv", **asked))][-2:] == ["true", "false"]
    found = pa.ipc.open_stream(get(api, "arrow", **asked).content).read_all()
    assert found["final"].to_pylist()[-2:] == [True, False]


@pytest.mark.parametrize("limit", [None, "9"])
def test_filled_bars_have_the_same_values_as_in_json(api: httpx.Client, limit: str | None) -> None:
    for fill in ("null", "previous"):
        filled = {"symbols": "=A", "fill": fill, "end": "2026-02-27T12:15:00Z", "limit": limit}
        bars = get(api, "json", **filled).json()["bars"]["=A"]
        found = [json.loads(line) for line in get(api, "ndjson", **filled).text.splitlines()]
        keys = ("t", "o", "h", "l", "c", "v", "n", "vw")
        assert [[row[key] for key in keys] for row in found] == (
            [[bar[key] for key in keys] for bar in bars]
        )
        assert [bar["v"] for bar in bars] == [1, 1, 1] + [None if fill == "null" else 0] * 2


def test_a_whole_window_has_no_default_limit(api: httpx.Client, store: Store) -> None:
    store.ticks("LONG", minutes(1_200))
    wide = {"symbols": "LONG", "end": "2026-02-28T12:00:00Z"}
    assert len(rows(get(api, "csv", **wide))) == 1_200
    assert len(rows(get(api, "csv", **wide, limit="7"))) == 7


def test_without_a_start_it_is_the_newest_rows(api: httpx.Client) -> None:
    found = rows(get(api, "csv", start=None, limit="4"))
    assert [(row["symbol"], row["t"][11:16]) for row in found] == [
        ("=A", "12:10"), ("=A", "12:11"), ("=A", "12:12"), ("B", "12:04"),
    ]  # fmt: skip


def test_bars_can_be_newest_first(api: httpx.Client) -> None:
    for more in ({}, {"limit": "8"}):
        found = rows(get(api, "csv", sort="desc", **more))
        assert [(row["symbol"], row["t"][11:16]) for row in found][2:5] == [
            ("=A", "12:10"), ("B", "12:04"), ("B", "12:03"),
        ]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "ndjson", "arrow", "parquet"])
def test_errors_have_the_shape_of_the_dialect(api: httpx.Client, form: str) -> None:
    unknown = get(api, form, symbols="NONE")
    assert (unknown.status_code, unknown.json()["status"]) == (404, 404)
    refused = get(api, form, page_token="x")
    assert refused.json()["detail"].startswith("page_token is for JSON alone")
    assert get(api, form, limit="0").status_code == 422
    assert get(api, form, timeframe="7m").status_code == 422


def test_a_format_that_is_not_to_be_had_is_406_with_the_list(api: httpx.Client) -> None:
    answer = api.get("/v1/bars", params={"symbols": "B"}, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/csv" in answer.json()["detail"]


@pytest.mark.parametrize("piece_bytes", [ranges.PIECE_BYTES, 7])
def test_a_client_of_parts_reads_one_result(
    api: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch, piece_bytes: int
) -> None:
    monkeypatch.setattr(ranges, "PIECE_BYTES", piece_bytes)
    whole = get(api, "csv")
    request = api.build_request("HEAD", whole.request.url)
    head = api.send(request)
    assert head.headers["accept-ranges"] == "bytes"
    assert int(head.headers["content-length"]) == len(whole.content)
    assert head.headers["etag"] == whole.headers["etag"].removeprefix("W/")
    store.ticks("B", [Tick(NOON, "999")])  # would change the parts
    parts = [
        api.get(whole.request.url, headers={"Range": text})
        for text in ("bytes=0-99", "bytes=100-", "bytes=-5")
    ]
    assert [part.status_code for part in parts] == [206, 206, 206]
    assert {part.headers["cache-control"] for part in parts} == {"private, no-cache"}
    assert parts[0].content + parts[1].content == whole.content
    assert parts[0].headers["content-range"] == f"bytes 0-99/{len(whole.content)}"
    assert parts[2].content == whole.content[-5:]
    beyond = api.get(whole.request.url, headers={"Range": "bytes=9999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (
        416, f"bytes */{len(whole.content)}",
    )  # fmt: skip


def test_a_result_that_changed_is_given_whole(api: httpx.Client) -> None:
    url = get(api, "csv").request.url
    answer = api.get(url, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert answer.status_code == 200
    assert len(answer.content) > 10


def test_a_large_result_has_no_parts(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "MOST_BYTES", 100)
    whole = get(api, "csv")
    head = api.send(api.build_request("HEAD", whole.request.url))
    assert head.status_code == 200
    assert "accept-ranges" not in head.headers
    answer = api.get(whole.request.url, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, whole.content)


def test_http_1_0_gets_a_length(api: httpx.Client) -> None:
    target = get(api, "csv").request.url.raw_path.decode()
    with socket.create_connection((api.base_url.host, api.base_url.port)) as client:
        client.sendall(f"GET {target} HTTP/1.0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert b"content-length: " in answer
    assert answer.endswith(get(api, "csv").content)
