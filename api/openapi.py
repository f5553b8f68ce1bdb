"""The OpenAPI document: what Litestar derives from the routes, less what is not so."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from litestar import MediaType, Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import License, Tag

DESCRIPTION = """\
Ticks and candles, as PostgreSQL and TimescaleDB keep them.

Numbers are exact. Times are UTC, windows half open: a bar belongs to the window in which it starts.
A bar may still be growing: it is right the moment its last tick is stored. Minutes without a tick
have no bar.

Under /v1 errors are RFC 9457 problem details; elsewhere `{"detail": {"error": {...}}}`.
"""


class Document(OpenAPIRenderPlugin):
    """The document as JSON, at the path that the router has."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.JSON)
        self._bytes = b""

    def has_path(self, path: str) -> bool:
        """Keeps Litestar from adding a second document below this one."""
        return path == "/openapi.json" or super().has_path(path)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Returns the document, written once."""
        del request
        if not self._bytes:
            for path in openapi_schema["paths"].values():
                # Litestar documents a 400 for bad parameters, which is a 422 here.
                path["get"]["responses"].pop("400", None)
            self._bytes = msgspec.json.encode(openapi_schema)
        return self._bytes


def config() -> OpenAPIConfig:
    """Returns what Litestar needs to make the document."""
    return OpenAPIConfig(
        title="StockPulse",
        version=_version(),
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/openapi.json",
        render_plugins=[Document()],
        tags=[
            Tag("Native", "Bars in Alpaca's dialect; start here."),
            Tag("Bars", "Bars and what is made of them."),
            Tag("Ticks", "Single trades and quotes."),
            Tag("Symbols", "What there is."),
            Tag("Health", "Whether it works."),
        ],
    )


def _version() -> str:
    try:
        return version("stockpulse")
    except PackageNotFoundError:  # run from a checkout
        return "0"
