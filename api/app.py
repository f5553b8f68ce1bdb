"""The application: dialects and pages in Litestar, with layers of HTTP around them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.routes import BaseRoute

from api import metrics, openapi, pages
from api.formats.exports import Exports
from api.health import routes as health
from api.health.check import Check
from api.http.admission import admitting
from api.http.answers import finishing
from api.http.asgi import App
from api.http.leaving import cancelling
from api.http.methods import all_methods
from api.http.refusals import Dialect, Refusals
from api.http.requests import measured
from api.legacy import errors as legacy_errors
from api.legacy import routes as legacy
from api.native import errors as native_errors
from api.native import other_formats
from api.native import routes as native
from api.pending import Pending
from api.pool import Reader
from api.settings import ApiSettings
from api.symbols import Symbols
from api.timeframes import Timeframes

DIALECTS = (
    Dialect("", native_errors.render, native_errors.MEDIA_TYPE),
    *(
        Dialect(route.path, legacy_errors.render, legacy_errors.MEDIA_TYPE)
        for route in legacy.router.routes
    ),
)

# Paths that need no connection of the pool: they are answered whatever the load.
EXEMPT = ("/", "/chart", "/docs", "/assets", "/metrics", "/openapi.json", "/version", "/ready")
EXEMPT_BELOW = ("/health", "/assets/")


def create_app(settings: ApiSettings) -> App:
    """Returns the API over the database of `settings`; the connections open at start-up."""
    reader = Reader(settings)
    figures = metrics.Metrics(reader.pool, reader.load)
    refusals = Refusals(DIALECTS)
    app = cast(App, _litestar(settings, reader, figures, refusals))
    for layer in (  # from the inside to the outside
        finishing(refusals),
        all_methods,
        cancelling,
        admitting(reader.load, refusals, is_exempt),
        measured(figures),
    ):
        app = layer(app)
    return app


def routes(settings: ApiSettings) -> Sequence[BaseRoute]:
    """Returns all routes."""
    reader = Reader(settings)
    figures = metrics.Metrics(reader.pool, reader.load)
    return _litestar(settings, reader, figures, Refusals(DIALECTS)).routes


def is_exempt(path: str) -> bool:
    """Returns whether requests of a path are never refused as too many."""
    return path in EXEMPT or path.startswith(EXEMPT_BELOW)


def _litestar(
    settings: ApiSettings, reader: Reader, figures: metrics.Metrics, refusals: Refusals
) -> Litestar:
    check = Check(settings)
    exports = Exports(settings)

    @asynccontextmanager
    async def database(_app: Litestar) -> AsyncIterator[None]:
        async with reader.pool, check:
            yield
        exports.spool.close()

    return Litestar(
        [legacy.router, native.router, health.router, metrics.metrics, *pages.ROUTES],
        state=State(
            {
                "settings": settings,
                "reader": reader,
                "check": check,
                "symbols": Symbols(reader),
                "timeframes": Timeframes(reader),
                "pending": Pending(reader),
                "exports": exports,
                "metrics": figures,
            }
        ),
        lifespan=[database],
        exception_handlers={Exception: refusals.response},
        # Pages of any origin may read; there is nothing to write.
        cors_config=CORSConfig(allow_origins=["*"], allow_methods=["GET"]),
        openapi_config=openapi.config(other_formats.describe),
        logging_config=None,  # the caller sets up logging
        debug=False,
    )
