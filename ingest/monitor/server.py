"""Serves /metrics and /health, at once whatever the process waits for."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, MetricsHandler

Health = Callable[[], str | None]  # why the process is not healthy, in one line; None: it is

IDLE_SECONDS = 10  # until the connection of a client that sends nothing is closed


@contextmanager
def served(host: str, port: int, registry: CollectorRegistry, health: Health) -> Iterator[None]:
    """Serves while the context is open; raises OSError if the port is taken."""
    server = _listening(host, port, registry, health)
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _listening(
    host: str, port: int, registry: CollectorRegistry, health: Health
) -> ThreadingHTTPServer:
    metrics = registry

    class Handler(MetricsHandler):
        registry = metrics
        timeout = IDLE_SECONDS

        def do_GET(self) -> None:  # noqa: N802 - the name in http.server
            if urlsplit(self.path).path == "/health":
                self._send_health(health())
            else:
                super().do_GET()

        def _send_health(self, fault: str | None) -> None:
            body = f"{fault or 'ok'}\n".encode()
            self.send_response(503 if fault else 200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

    kind = socket.SOCK_STREAM
    family = socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)[0][0]

    class Server(ThreadingHTTPServer):
        address_family = family
        daemon_threads = True

    return Server((host, port), Handler)
