"""A light HTTP client that keeps a number of connections busy, so that the server is measured.

It reads answers only as far as it must: the status, Content-Length and Retry-After.
"""

import json
import random
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

READ_BYTES = 1 << 20
LAST_CHUNK = b"0\r\n\r\n"  # some write 00; one answer is under way per connection


@dataclass
class Connection:
    """One connection, which sends its next request once the answer to the last is complete."""

    sock: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    began: float = 0.0


@dataclass
class Figures:
    """Answers of status 200 and their times in seconds, and the numbers of the others."""

    seconds: float
    times: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    refusal_times: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Good answers per second."""
        return len(self.times) / self.seconds


def measure(url: str, paths: Sequence[str], connections: int, seconds: float) -> Figures:
    """Returns the figures of a client in a process of its own."""
    words = [sys.executable, "-m", __name__, url, str(connections), str(seconds), *paths]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return Figures(**json.loads(done.stdout))


def run(
    address: tuple[str, int], paths: Sequence[str], connections: int, seconds: float
) -> Figures:
    """Keeps the connections busy with paths drawn at random; after a 503 waits as it says."""
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n".encode() for path in paths
    ]
    figures = Figures(seconds)
    selector = selectors.DefaultSelector()
    waiting: list[tuple[float, Connection]] = []
    for _number in range(connections):
        sock = socket.create_connection(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        connection = Connection(sock)
        selector.register(sock, selectors.EVENT_READ, connection)
        _send(connection, requests)
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        while waiting and waiting[0][0] <= now:
            _send(waiting.pop(0)[1], requests)
        for key, _events in selector.select(timeout=0.05 if waiting else 1):
            connection = key.data
            received = connection.sock.recv(READ_BYTES)
            if not received:
                raise SystemExit("the server closed a connection")
            connection.buffer += received
            _take_answer(connection, requests, figures, waiting)
    return figures


def _take_answer(
    connection: Connection,
    requests: list[bytes],
    figures: Figures,
    waiting: list[tuple[float, Connection]],
) -> None:
    buffer = connection.buffer
    head_end = buffer.find(b"\r\n\r\n")
    if head_end < 0:
        return
    head = bytes(buffer[:head_end]).lower()
    if _header(head, b"transfer-encoding") == b"chunked":
        if not buffer.endswith(LAST_CHUNK):
            return
        buffer.clear()
    else:
        length = int(_header(head, b"content-length") or 0)
        if len(buffer) < head_end + 4 + length:
            return
        del buffer[: head_end + 4 + length]
    now = time.perf_counter()
    status = head[9:12]
    if status == b"200":
        figures.times.append(now - connection.began)
    elif status == b"503":
        figures.refused += 1
        figures.refusal_times.append(now - connection.began)
        waiting.append((now + float(_header(head, b"retry-after") or 1), connection))
        return
    else:
        figures.failed += 1
    _send(connection, requests)


def _header(head: bytes, name: bytes) -> bytes | None:
    _before, found, rest = head.partition(b"\r\n" + name + b": ")
    return rest.partition(b"\r\n")[0] if found else None


def _send(connection: Connection, requests: list[bytes]) -> None:
    connection.began = time.perf_counter()
    # At random: connections that took the requests in turn would share the server's queries.
    connection.sock.sendall(random.choice(requests))


def main() -> None:
    """Prints the figures as JSON: URL, connections, seconds, paths."""
    url, connections, seconds, *paths = sys.argv[1:]
    host, _colon, port = url.removeprefix("http://").partition(":")
    print(json.dumps(vars(run((host, int(port)), paths, int(connections), float(seconds)))))


if __name__ == "__main__":
    main()
