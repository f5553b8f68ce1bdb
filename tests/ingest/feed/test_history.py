"""Kraken's history over HTTP: every answer is read to the gap's end, or fails in one line."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from db.errors import UsageError
from ingest.feed import history as history_
from ingest.feed.history import Gap, Rest, Stopped, VenueFailed
from ingest.sources.kraken import history
from tests.ingest.feed.test_hostile_venues import listening
from tests.support import wait_until

SINCE = datetime(2026, 2, 27, 12, 5, tzinfo=UTC)
UNIX = int(SINCE.timestamp())
GAP = Gap("kraken", "KRAKEN:BTC/USD", "trade", SINCE, SINCE + timedelta(seconds=60), "no feed")

Answer = Callable[[int], str | tuple[int, str]]  # to a request with `since`, else 0


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            given = answer(int(parse_qs(urlsplit(self.path).query).get("since", ["0"])[0]))
            status, text = given if isinstance(given, tuple) else (200, given)
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            if text.isdecimal() or text.endswith("GMT"):
                self.send_header("Retry-After", text)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("status", [418, 429, 503])
def test_a_venue_that_wants_a_long_pause_is_not_asked_again(status, monkeypatch):
    """Asked sooner, it blocks the address for days."""
    monkeypatch.setattr(history_, "LONGEST_WAIT", 0.5)
    asked = []

    def answer(_: int) -> tuple[int, str]:
        asked.append(status)
        return status, "1"

    with pytest.raises(VenueFailed, match=f"HTTP {status}"):
        read(answer)
    assert len(asked) == 1


def test_a_pause_that_a_venue_wants_is_made():
    asked = []

    def answer(_: int) -> str | tuple[int, str]:
        asked.append(time.monotonic())
        return (429, "1") if len(asked) == 1 else page(last=0)

    assert read(answer) == []
    first, second = asked
    assert second - first >= 1


def test_a_pause_may_be_named_by_its_end(monkeypatch):
    monkeypatch.setattr(history_, "LONGEST_WAIT", 3600.0)
    asked = []

    def answer(_: int) -> tuple[int, str]:
        asked.append(1)
        return 503, "Tue, 01 Jan 2069 00:00:00 GMT"

    with pytest.raises(VenueFailed, match="HTTP 503"):
        read(answer)
    assert len(asked) == 1


def dripping(first: bytes, more: bytes) -> Callable[[socket.socket], None]:
    """Returns an answer that never ends."""

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + first)
        while True:
            connection.sendall(more)
            time.sleep(0.01)

    return serve


def test_an_answer_that_drips_does_not_keep_ctrl_c_waiting():
    stop = threading.Event()
    with listening(dripping(b"[", b" ")) as (url, came):
        rest_url = url.replace("ws://", "http://")
        with Rest(rest_url, 0.0, stop) as rest, ThreadPoolExecutor(1) as pool:
            asked = pool.submit(rest.get, "/", {})
            wait_until(lambda: came, "the request")
            stop.set()
            with pytest.raises(Stopped):
                asked.result(2)


def test_an_answer_without_an_end_is_given_up(monkeypatch):
    monkeypatch.setattr(history_, "LARGEST_ANSWER", 1_000_000)
    with listening(dripping(b"[", b" " * 300_000)) as (url, _):
        rest_url = url.replace("ws://", "http://")
        with (
            Rest(rest_url, 0.0, threading.Event()) as rest,
            pytest.raises(
                VenueFailed, match=r"127\.0\.0\.1 answers with more than 1,000,000 bytes"
            ),
        ):
            rest.get("/", {})


def test_an_answer_that_takes_too_long_is_asked_for_again(monkeypatch):
    monkeypatch.setattr(history_, "LONGEST_ANSWER", 0.3)
    monkeypatch.setattr(history_, "TRIES", 2)
    with listening(dripping(b"[", b" ")) as (url, came):
        rest_url = url.replace("ws://", "http://")
        with (
            Rest(rest_url, 0.0, threading.Event()) as rest,
            pytest.raises(VenueFailed, match=r"127\.0\.0\.1 does not answer: ReadTimeout"),
        ):
            rest.get("/", {})
        assert len(came) == 2


def read(answer: Answer) -> list[str]:
    with answering(answer) as url, Rest(url, 0.0, threading.Event()) as rest:
        return [tick.dedupe_id for tick in history.trades(rest, GAP)]


def row(second: float, id_: object, price: str = "64012.1") -> str:
    return f'["{price}","0.1",{UNIX + second:.7f},"b","l","",{id_}]'


def page(*rows: str, last: object) -> str:
    return f'{{"error":[],"result":{{"XXBTZUSD":[{",".join(rows)}],"last":"{last}"}}}}'


def test_a_short_page_is_not_the_last():
    """A venue may give less than it was asked for: a gap filled by half would be one for good."""

    def answer(since: int) -> str:
        found = [second for second in range(1, 9) if (UNIX + second) * 10**9 > since][:3]
        rows = [row(second, 100 + second) for second in found]
        return page(*rows, last=(UNIX + found[-1]) * 10**9 if found else since)

    assert read(answer) == [str(id_) for id_ in range(101, 109)]


def test_the_last_trade_may_come_again():
    assert set(read(lambda _: page(row(1, 101), last=(UNIX + 1) * 10**9))) == {"101"}


def test_pages_that_go_no_further_fail():
    rows = [row(1, id_) for id_ in range(1000)]
    with pytest.raises(VenueFailed, match="again and again"):
        read(lambda _: page(*rows, last=UNIX * 10**9 - 10**6))


def test_pages_that_repeat_without_an_end_fail():
    with pytest.raises(VenueFailed, match="again and again"):
        read(lambda since: page(row(1, 7), last=since + 1))


def test_empty_pages_without_an_end_are_the_end():
    assert read(lambda since: page(last=since + 1)) == []


WRONG = {
    "HTML": "<html>",
    "empty": "",
    "null": "null",
    "a list": "[]",
    "no result": '{"error":[]}',
    "an error": '{"error":["EGeneral:Too many\\nrequests"]}',
    "an error that is no list": '{"error":"EGeneral"}',
    "two series": '{"error":[],"result":{"A":[],"B":[],"last":"1"}}',
    "last is a number": '{"error":[],"result":{"A":[],"last":1}}',
    "last is endless": page(last="9" * 5000),
    "a short row": page('["1","2"]', last=1),
    "NaN": page(row(1, 1, "NaN"), last=1),
    "a million digits": page(row(1, 1, "1e999999"), last=1),
    "a time beyond all": page(row(1, 1).replace(str(UNIX + 1), "9" * 40), last=1),
    "an id below zero": page(row(1, -1), last=1),
    "an endless id": page(row(1, "9" * 5000), last=1),
    "too deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_no_answer_fails_in_one_line(text):
    with pytest.raises(VenueFailed, match=r"^Kraken") as raised:
        read(lambda _: text)
    assert len(str(raised.value)) < 400
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_status_that_is_no_success_fails(status):
    with pytest.raises(VenueFailed, match=f"HTTP {status}"):
        read(lambda _: (status, ""))


@pytest.mark.parametrize("url", ["127.0.0.1:80", "nonsense", "ftp://a"])
def test_what_is_no_address_is_named(url):
    with (
        pytest.raises(UsageError, match="address"),
        Rest(url, 0.0, threading.Event()) as rest,
    ):
        rest.get("/", {})
