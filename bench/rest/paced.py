"""A client that asks at a fixed rate, whatever the answers take, and says how long each took.

A request's time counts from when it was due: a server that stalls is not asked less for it.
"""

import json
import random
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

CONNECTIONS = 32
READ_BYTES = 1 << 20
STRETCH_SECONDS = 10.0
LEAST_SLEEP_SECONDS = 0.001


@dataclass
class Stretch:
    """Answers by their status, 0 if the connection broke, and times of good ones in ms."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        """The 99th percentile of the times of good answers; infinite without any."""
        return statistics.quantiles(self.times, n=100)[98] if len(self.times) > 1 else float("inf")


class _Connection:
    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.due: float | None = None  # when the request under way was due


def start(url: str, paths: Sequence[str], rate: float, seconds: float) -> subprocess.Popen[str]:
    """Starts the client in a process of its own; `result` reads what it prints."""
    words = [sys.executable, "-m", __name__, url, str(rate), str(seconds), *paths]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def result(client: subprocess.Popen[str]) -> list[Stretch]:
    """Waits for a client; returns its stretches of ten seconds, in their order."""
    printed, _ = client.communicate()
    return [
        Stretch(Counter({int(status): count for status, count in statuses.items()}), times)
        for statuses, times in json.loads(printed)
    ]


def run(
    address: tuple[str, int], paths: Sequence[str], rate: float, seconds: float
) -> list[Stretch]:
    """Sends requests for paths drawn at random, evenly spaced, over up to CONNECTIONS."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: {address[0]}\r\n\r\n".encode() for path in paths]
    stretches = [Stretch() for _ in range(max(1, round(seconds / STRETCH_SECONDS)))]
    selector = selectors.DefaultSelector()
    idle: list[_Connection] = []
    busy: set[_Connection] = set()
    began = time.perf_counter()
    sent, total = 0, round(rate * seconds)
    while sent < total or busy:
        now = time.perf_counter()
        while sent < total and began + sent / rate <= now and (idle or len(busy) < CONNECTIONS):
            due = began + sent / rate
            sent += 1
            if connection := _send(address, idle, random.choice(requests), selector):
                connection.due = due
                busy.add(connection)
            else:
                _stretch(stretches, due - began).statuses[0] += 1
        for key, _events in selector.select(LEAST_SLEEP_SECONDS):
            connection = key.data
            status = _receive(connection)
            if status is None:
                continue
            due, connection.due = connection.due, None
            if due is not None:
                busy.discard(connection)
                stretch = _stretch(stretches, due - began)
                stretch.statuses[status] += 1
                if status == 200:
                    stretch.times.append((time.perf_counter() - due) * 1000)
            if status:
                idle.append(connection)
            else:
                selector.unregister(connection.sock)
                if connection in idle:
                    idle.remove(connection)
    return stretches


def _send(
    address: tuple[str, int],
    idle: list[_Connection],
    request: bytes,
    selector: selectors.BaseSelector,
) -> _Connection | None:
    """Sends a request on an idle or a new connection; returns None if there is no server."""
    try:
        if idle:
            connection = idle.pop()
        else:
            connection = _Connection(address)
            selector.register(connection.sock, selectors.EVENT_READ, connection)
        connection.sock.sendall(request)
    except OSError:
        return None
    return connection


def _receive(connection: _Connection) -> int | None:
    """Reads; returns the status of a complete answer, 0 at the end of the connection."""
    try:
        received = connection.sock.recv(READ_BYTES)
    except OSError:
        received = b""
    if not received:
        return 0
    buffer = connection.buffer
    buffer += received
    head, found, _rest = bytes(buffer[:4096]).partition(b"\r\n\r\n")
    if not found:
        return None
    _before, _name, length = head.lower().partition(b"content-length: ")
    if len(buffer) < len(head) + 4 + int(length.partition(b"\r\n")[0] or 0):
        return None
    buffer.clear()
    return int(head[9:12])


def _stretch(stretches: list[Stretch], second: float) -> Stretch:
    return stretches[min(int(second / STRETCH_SECONDS), len(stretches) - 1)]


def main() -> None:
    """Prints the stretches as JSON: URL, requests per second, seconds, paths."""
    url, rate, seconds, *paths = sys.argv[1:]
    host, _colon, port = url.removeprefix("http://").partition(":")
    found = run((host, int(port)), paths, float(rate), float(seconds))
    print(json.dumps([(stretch.statuses, stretch.times) for stretch in found]))


if __name__ == "__main__":
    main()
