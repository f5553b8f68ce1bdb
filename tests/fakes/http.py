"""Serves a fake vendor over HTTP on a port of 127.0.0.1."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Answers requests for `vendor`, the state of the fake."""

    protocol_version = "HTTP/1.1"
    vendor: Any

    def do_GET(self) -> None:
        self.respond()

    def respond(self) -> None:
        """Answers the request."""
        raise NotImplementedError

    def send(
        self,
        status: int,
        body: bytes,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Sends a whole answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def hang(self) -> None:
        """Sends nothing until the fake is closed."""
        self.vendor.waiting.set()
        self.vendor.end.wait()
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Stays silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """Says nothing of a client that has gone away."""


@contextmanager
def serving(handler: type[Handler], vendor: Any) -> Iterator[str]:
    """Serves a vendor, which has an event `end`, and gives its address without a path."""
    bound = type("Handler", (handler,), {"vendor": vendor})
    with _Server(("127.0.0.1", 0), bound) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            vendor.end.set()
            server.shutdown()
            thread.join()
