"""Venues that send what no venue should: each ends its connection at most, never the feeds."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest

from db.errors import UsageError
from ingest.feed import run as feeds
from ingest.feed import websocket
from ingest.feed.source import Options
from ingest.feed.supervisor import Pace
from stack.venue.binance import BinanceVenue
from stack.venue.finnhub import FinnhubVenue
from stack.venue.kraken import KrakenVenue
from stack.venue.thread import running as serving
from tests.ingest.feed.conftest import Running, events, markers, wait_for_subscriptions
from tests.support import wait_until

PAIR = "KRAKEN:BTC/USD"
ACCEPT = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"

FRAMES = {
    "17 MB": b" " * 17_000_000,
    "binary": bytes(range(256)),
    "too deep": b'{"channel":"trade","data":' + b"[" * 100_000,
    "no text": b'{"channel":"trade","type":"update","data":[{"symbol":"\xff"}]}',
    "a long error": b'{"method":"subscribe","success":false,"error":"%s"}' % (b"x\\n" * 10**6),
    "a long time": b'{"method":"subscribe","time_out":"%s","success":true,"result":'
    b'{"channel":"trade","symbol":"BTC/USD"}}' % (b"x" * 2_000_000),
    "an endless number": b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":'
    b'"buy","price":1e99999999,"qty":1,"trade_id":1,"timestamp":"2026-02-27T12:05:00Z"}]}',
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_no_frame_ends_the_feed(venue, feeding, published, frame):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        venue.send_raw(frame)

        def traded():
            if venue.subscriptions:
                venue.trade("BTC/USD")
            return running.error is not None or events(published())

        wait_until(traded, "a trade behind the frame")
        running.end()


def test_a_frame_of_20_000_trades_is_published_in_order(venue, feeding, published, read_topic):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_for_subscriptions(venue)
        deals = venue.trade("BTC/USD", 20_000)
        wait_until(
            lambda: running.error is not None or len(events(published())) == 20_000,
            "the trades",
            60,
        )
        running.end()
    assert [one["dedupe_id"] for one in events(published())] == [str(one.id) for one in deals]


def test_an_event_that_kafka_does_not_take_is_a_dead_letter(
    venue, published, kafka_settings, topic, read_topic
):
    small = msgspec.structs.replace(kafka_settings, kafka_conf={"message.max.bytes": "1000"})
    options = Options(symbols=("BTC/USD",), trades=False, quotes=True, url=venue.url)
    running = Running(small, feeds.prepare({"kraken": options}, {}), topic, Pace(base=0.01))
    wait_for_subscriptions(venue)
    item = '{"symbol":"BTC/USD","bid":N,"bid_qty":N,"ask":N,"ask_qty":N}'
    for number in ("1." + "1" * 119, "2"):
        text = item.replace("N", number)
        venue.send_raw(f'{{"channel":"ticker","type":"update","data":[{text}]}}')
    wait_until(lambda: running.error is not None or events(published()), "the small one")
    fed = running.end()
    assert [one["bid"] for one in events(published())] == ["2"]
    assert (fed.healths[0].events, fed.healths[0].bad_frames) == (1, 1)
    [dead] = read_topic(f"{topic}.dead")
    assert b"1.111" in dead.value


def answer(symbol: str, **more: object) -> str:
    times = {"time_out": "2026-02-27T12:05:00Z"}
    return json.dumps({"method": "subscribe", "success": True, "symbol": symbol} | times | more)


def test_what_was_not_asked_for_is_not_said_to_be_covered(venue, feeding, published):
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url):
        wait_for_subscriptions(venue)
        for channel in ("trade", "ticker"):
            venue.send_raw(answer("", result={"channel": channel, "symbol": "ABC/USD"}))
        venue.trade("BTC/USD")
        wait_until(lambda: events(published()), "the trade")
    started = {(one["symbol"], one["event_kind"]) for one in markers(published(), "start")}
    assert started == {(PAIR, "trade")}


def test_no_gap_is_marked_of_what_was_not_asked_for(feeding, published):
    """Its name may be larger than what Kafka takes: that ended all feeds."""
    with (
        serving(BinanceVenue()) as venue,
        feeding("binance", symbols=("BTCUSDT",), url=venue.url) as running,
    ):
        wait_until(lambda: venue.subscriptions, "the subscription")
        for id_ in (1, 9):
            event = {"e": "trade", "s": "ABCUSDT", "t": id_, "p": "1", "q": "1", "m": True}
            venue.send_raw(json.dumps(event | {"T": 1772193900123 + id_}))
        venue.trade("BTCUSDT")
        wait_until(
            lambda: any(one["symbol"] == "BINANCE:BTCUSDT" for one in events(published())),
            "the trade",
        )
        fed = running.end()
    assert markers(published(), "gap") == []
    assert fed.healths[0].gaps == 0


def test_a_refusal_after_an_acknowledgement_ends_the_series(venue, feeding, published):
    with feeding("kraken", symbols=("BTC/USD", "ETH/USD"), url=venue.url) as running:
        wait_for_subscriptions(venue, symbols=2)
        wait_until(lambda: len(markers(published(), "start")) == 2, "the starts")
        venue.send_raw(answer("BTC/USD", success=False, error="delisted\nyesterday"))
        wait_until(lambda: markers(published(), "stop"), "the stop")
        fed = running.end()
    [stop] = markers(published(), "stop")
    assert (stop["symbol"], stop["event_kind"]) == (PAIR, "trade")
    assert stop["reason"] == "delisted yesterday"
    [health] = fed.healths
    assert (health.acknowledged, health.refused) == (1, 1)


def test_the_reason_of_an_end_can_be_printed(venue, feeding, published):
    """Loaders refuse a marker with a line break: the session would never end."""
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url):
        wait_for_subscriptions(venue)
        wait_until(lambda: markers(published(), "heartbeat"), "a heartbeat")
        venue.send_raw('{"method":"subscribe","success":false,"error":"go\\naway"}')
        wait_until(lambda: markers(published(), "end"), "the end")
    assert markers(published(), "end")[0]["reason"] == "go away"


def test_a_close_behind_every_acknowledgement_is_survived(feeding, published):
    class Closing(KrakenVenue):
        def _answers(self, connection, request):
            yield from super()._answers(connection, request)
            self._cut(clean=True)

    with (
        serving(Closing(heartbeat_seconds=0.1)) as venue,
        feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running,
    ):
        wait_until(lambda: venue.connects >= 3 or running.error is not None, "connections")
        fed = running.end()
    assert fed.healths[0].reconnects >= 2


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[float]]]:
    """Serves each connection by a function in a thread; gives the address and when they came."""
    came: list[float] = []
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def run() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    connection, _ = server.accept()
                    came.append(time.monotonic())
                    threading.Thread(target=one, args=(connection,)).start()

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                connection.recv(65536)
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.getsockname()[1]}/v2", came
        finally:
            ended.set()
            thread.join()


def drip(connection: socket.socket) -> None:
    for _ in range(100):
        connection.sendall(ACCEPT[:1])
        time.sleep(0.02)


HANDSHAKES = {
    "never completes": lambda connection: connection.recv(1),
    "a byte at a time": drip,
    "200": lambda one: one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"),
    "no HTTP": lambda one: one.sendall(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "closes": socket.socket.close,
    "redirects to a page": lambda one: one.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/login\r\nContent-Length: 0\r\n\r\n"
    ),
    "redirects to a bad port": lambda one: one.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:99999/\r\nContent-Length: 0\r\n\r\n"
    ),
    "wrong key": lambda one: one.sendall(ACCEPT + b"Sec-WebSocket-Accept: x\r\n\r\n"),
    "endless headers": lambda one: one.sendall(ACCEPT + b"A: b\r\n" * 10_000),
}


@pytest.mark.parametrize("serve", HANDSHAKES.values(), ids=HANDSHAKES)
def test_no_handshake_ends_the_feed(feeding, monkeypatch, serve):
    monkeypatch.setattr(websocket, "CONNECT_SECONDS", 0.2)
    with (
        listening(serve) as (url, came),
        feeding("kraken", symbols=("BTC/USD",), url=url) as running,
    ):
        wait_until(lambda: len(came) >= 3 or running.error is not None, "attempts")
        fed = running.end()
    assert fed.healths[0].reconnects >= 2


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://127.0.0.1:1", "http://127.0.0.1:1"])
def test_a_bad_proxy_ends_no_feed(feeding, venue, monkeypatch, caplog, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")
    with feeding("kraken", symbols=("BTC/USD",), url=venue.url) as running:
        wait_until(
            lambda: running.error is not None or venue.connects or "disconnected" in caplog.text,
            "an attempt",
        )
        running.end()


def test_a_venue_that_stops_reading_does_not_stop_the_end(feeding):
    with (
        listening(lambda _: time.sleep(2)) as (url, came),
        feeding("kraken", symbols=("BTC/USD",), url=url) as running,
    ):
        wait_until(lambda: len(came) >= 1, "a connection")
        started = time.monotonic()
        running.end()
    assert time.monotonic() - started < 5


def test_frames_of_finnhub_that_hold_anything_end_nothing(feeding, published):
    token = "s3cr3t"
    good = {"s": "AAPL", "p": 1.5, "t": 1772193900123, "v": 1, "c": None}
    bad = [
        {"p": "x"}, {"t": -62135596800000}, {"t": 10**400}, {"s": "A" * 10**6}, {"c": {"a": 1}},
        {"v": -1}, {"s": "A\nB"}, {"t": True},
    ]  # fmt: skip
    with serving(FinnhubVenue(token)) as venue:
        with feeding("finnhub", symbols=("AAPL",), url=venue.url, token=token) as running:
            wait_until(lambda: venue.served == ["AAPL"], "the subscription")
            for one in bad:
                venue.send([good | one])
            venue.send_raw('{"type":"error","msg":"%s"}' % ("x\\n" * 10**6))
            venue.send_raw('{"type":"trade","data":[{"s":"AAPL","p":1e999999,"t":1,"v":1}]}')
            venue.send_raw('{"type":"trade","data":[{"s":"AAPL","p":NaN,"t":1,"v":1}]}')
            venue.send_raw('{"type":"trade","data":' + "[" * 100_000)
            venue.send([good])
            wait_until(lambda: running.error is not None or events(published()), "the trade")
            fed = running.end()
        assert venue.connects == 1
    assert fed.healths[0].bad_frames == 11
    assert [one["price"] for one in events(published())] == ["1.5"]


@pytest.mark.parametrize("symbol", ["A\nB", "A" * 200])
def test_a_symbol_that_no_loader_stores_is_refused(symbol):
    with pytest.raises(UsageError, match="finnhub: symbol is"):
        feeds.prepare(
            {"finnhub": Options(symbols=(symbol,))}, {"STOCKPULSE_FINNHUB_TOKEN": "s3cr3t"}
        )
