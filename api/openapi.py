"""The OpenAPI document, as Litestar derives it from the routes, and the responses in it."""

from collections.abc import Callable, Collection
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec
from litestar import MediaType, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, Example, License, Reference, SecurityScheme, Tag
from litestar.types.internal_types import PathParameterDefinition

from api.display import zones
from api.errors import (
    HEAD_TOO_LARGE,
    InvalidParameter,
    NoKey,
    TooMany,
    TooSlow,
    Unavailable,
    UnknownSymbol,
)

DESCRIPTION = """\
Ticks and candles from PostgreSQL with TimescaleDB.

Numbers are exact. Times are UTC. Windows are half open: a bar belongs to the window in which it
starts. The newest bar is incomplete until its bucket has ended. A bucket without ticks has no bar.

Under /v1 errors are RFC 9457 problem details; elsewhere `{"detail": {"error": {...}}}`.
"""


ZONES = "TimeZone"
TOO_LARGE = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE

# A problem of each status that the routes document.
PROBLEMS = {
    401: NoKey("The API key is not valid: it is wrong, or was revoked."),
    404: UnknownSymbol("no symbol APPL has been stored", "symbol"),
    422: InvalidParameter("limit", "must be an integer from 1 to 1000"),
    429: TooMany(600, 3),
    503: Unavailable("The database cannot be reached; try again shortly."),
    504: TooSlow("The query took longer than allowed; request less."),
}
GUARDS = (401, 429)  # of every route that asks for a key
DESCRIPTIONS = {
    401: "A valid API key is required",
    404: "No such symbol, or nothing in the window",
    422: "A parameter is missing, malformed or out of bounds",
    429: "The API key has used its requests of this minute",
    503: "The database is unavailable",
    504: "The query took too long",
}


# Any one of them will do.
SCHEMES: dict[str, SecurityScheme | Reference] = {
    "bearer": SecurityScheme("http", scheme="bearer", description="`stockpulse keys create NAME`"),
    "header": SecurityScheme("apiKey", name="X-API-Key", security_scheme_in="header"),
}


class Document(OpenAPIRenderPlugin):
    """Serves the document as JSON at the path of its router."""

    def __init__(
        self, open_paths: Collection[str], complete: Callable[[dict[str, Any]], None]
    ) -> None:
        super().__init__(path="/", media_type=MediaType.JSON)
        self._open_paths = open_paths
        self._complete = complete
        self._bytes = b""

    def has_path(self, path: str) -> bool:
        """Keeps Litestar from serving a second copy of the document below this path."""
        return path == "/openapi.json" or super().has_path(path)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Returns the document, encoded on the first request."""
        del request
        if not self._bytes:
            for path, operations in openapi_schema["paths"].items():
                answers = operations["get"]["responses"]
                # Litestar documents 400 for bad parameters; most dialects answer with 422.
                if answers.get("400", {}).get("description") == HTTPStatus.BAD_REQUEST.description:
                    del answers["400"]
                answers[str(TOO_LARGE.value)] = _too_large()
                if "security" in openapi_schema and path in self._open_paths:
                    operations["get"]["security"] = []
                for parameter in operations["get"].get("parameters", []):
                    _tidy(parameter, openapi_schema["components"]["schemas"])
                self._complete(operations["get"])
            self._bytes = msgspec.json.encode(openapi_schema)
        return self._bytes


def _too_large() -> dict[str, Any]:
    """Documents what any path answers before it is looked at."""
    text = {"schema": {"type": "string"}, "examples": {"text": {"value": HEAD_TOO_LARGE}}}
    return {"description": HEAD_TOO_LARGE, "content": {"text/plain": text}}


def _tidy(parameter: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Makes a parameter one that may be left out, not null; time zones are listed once."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.get("oneOf", []) if kind != {"type": "null"}]
    if len(kinds) == 1:
        del schema["oneOf"]
        schema.update(kinds[0])
    if schema.get("enum") == zones():
        schemas[ZONES] = {"type": "string", "enum": zones(), "description": "A time zone."}
        parameter["schema"] = {"$ref": f"#/components/schemas/{ZONES}"}


def config(
    *,
    asks_for_keys: bool,
    open_paths: Collection[str],
    complete: Callable[[dict[str, Any]], None],
) -> OpenAPIConfig:
    """Returns the configuration of the document.

    The open paths never ask for a key; `complete` adds to each operation.
    """
    return OpenAPIConfig(
        title="StockPulse",
        version=version_of_package(),
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path="/openapi.json",
        render_plugins=[Document(open_paths, complete)],
        operation_id_creator=operation_id,
        components=Components(security_schemes=SCHEMES if asks_for_keys else None),
        security=[{name: []} for name in SCHEMES] if asks_for_keys else None,
        tags=[
            Tag("Native", "Bars in Alpaca's dialect; start here."),
            Tag("Alpaca", "As Alpaca's market data API, for its clients."),
            Tag("Bars", "Bars, and figures computed from them."),
            Tag("Ticks", "Trades and quotes."),
            Tag("Symbols", "Instruments that have been stored."),
            Tag("Binance", "For python-binance, ccxt and other clients of Binance's spot API."),
            Tag("UDF", "For TradingView's charts and OpenBB."),
            Tag("Health", "State of the service."),
        ],
    )


def operation_id(
    _handler: HTTPRouteHandler, _method: object, path: list[str | PathParameterDefinition]
) -> str:
    """Returns the words of the path, for generated clients to name functions: v1_bars_latest."""
    return "_".join(part if isinstance(part, str) else f"by_{part.name}" for part in path)


def response(schema: type[Any], example: object) -> ResponseSpec:
    """Documents a response of status 200; the first line of its schema's docstring describes it."""
    return ResponseSpec(
        schema,
        generate_examples=False,
        description=(schema.__doc__ or "").splitlines()[0],
        examples=[Example(value=example)],
    )


def error_response(
    schema: type[msgspec.Struct], status: int, example: msgspec.Struct, media_type: str
) -> ResponseSpec:
    """Documents the response to a problem of `status`, in the shape of a dialect."""
    return ResponseSpec(
        schema,
        generate_examples=False,
        description=DESCRIPTIONS[status],
        media_type=media_type,
        examples=[Example(value=msgspec.to_builtins(example))],
    )


def version_of_package() -> str:
    """Returns the version that is installed."""
    try:
        return version("stockpulse")
    except PackageNotFoundError:  # run from a checkout
        return "0"
