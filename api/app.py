"""The application: dialects and pages in Litestar, with layers of HTTP around them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.routes import BaseRoute

from api import metrics, openapi, pages
from api.alpaca import errors as alpaca_errors
from api.alpaca import routes as alpaca
from api.archived.archive import Archive
from api.aside import Aside
from api.binance import errors as binance_errors
from api.binance import routes as binance
from api.ending import Ending
from api.flights import Cache
from api.formats.exports import Exports
from api.health import routes as health
from api.health.check import Check
from api.http.access_log import logging_requests
from api.http.admission import admitting
from api.http.answers import finishing
from api.http.asgi import App
from api.http.guard import guarding
from api.http.keys import OPEN, asks_for_keys
from api.http.leaving import cancelling
from api.http.methods import all_methods
from api.http.refusals import Dialect, Refusals
from api.http.replay import dated
from api.http.requests import measured
from api.known_keys import KnownKeys
from api.legacy import errors as legacy_errors
from api.legacy import routes as legacy
from api.native import errors as native_errors
from api.native import operation, other_formats
from api.native import routes as native
from api.pages import login
from api.pending import Pending
from api.pool import Reader
from api.replay_lag import ReplayLag
from api.settings import ApiSettings
from api.sources import Sources
from api.stream.bars import LiveBars
from api.stream.figures import Figures
from api.stream.hub import Hub
from api.stream.revocation import end_revoked
from api.symbols import Symbols
from api.timeframes import Timeframes
from api.udf import errors as udf_errors
from api.udf import routes as udf
from api.udf import widgets

DIALECTS = (
    Dialect("", native_errors.render, native_errors.MEDIA_TYPE),
    Dialect("/alpaca", alpaca_errors.render, alpaca_errors.MEDIA_TYPE, alpaca_errors.status_of),
    *(
        Dialect(route.path, legacy_errors.render, legacy_errors.MEDIA_TYPE)
        for route in legacy.router.routes
    ),
    Dialect(binance.router.path, binance_errors.render, binance_errors.MEDIA_TYPE),
    Dialect(udf.router.path, udf_errors.render, udf_errors.MEDIA_TYPE),
)

# Paths that need no connection of the pool: they are answered whatever the load.
EXEMPT = (
    "/",
    "/chart",
    "/status",
    "/docs",
    "/assets",
    "/metrics",
    "/openapi.json",
    "/version",
    "/ready",
    "/login",
    "/logout",
)
EXEMPT_BELOW = ("/health", "/assets/")


class Parts(NamedTuple):
    """All that lives as long as the application."""

    reader: Reader
    aside: Aside  # for the keys
    known_keys: KnownKeys
    replay_lag: ReplayLag
    metrics: metrics.Metrics
    refusals: Refusals
    hub: Hub  # of streams
    bars: LiveBars  # of streams


def create_app(settings: ApiSettings, ending: Ending | None = None) -> App:
    """Returns the API over the database of `settings`; the connections open at start-up.

    At the `ending` streams are ended. Raises SettingsError if a setting makes no sense.
    """
    parts = _parts(settings)
    if ending:
        ending.call(parts.hub.end)
    app = cast(App, _litestar(settings, parts))
    for layer in (  # from the inside to the outside
        finishing(parts.refusals),
        all_methods,
        cancelling,
        dated(parts.replay_lag),
        admitting(parts.reader.load, parts.refusals, is_exempt),
        guarding(settings, parts.known_keys, parts.refusals),
        logging_requests(settings),
        measured(parts.metrics),
    ):
        app = layer(app)
    return app


def routes(settings: ApiSettings) -> Sequence[BaseRoute]:
    """Returns all routes."""
    return _litestar(settings, _parts(settings)).routes


def is_exempt(path: str) -> bool:
    """Returns whether requests of a path are never refused as too many."""
    return path in EXEMPT or path.startswith(EXEMPT_BELOW)


def _parts(settings: ApiSettings) -> Parts:
    reader, aside, hub = Reader(settings), Aside(settings), Hub(settings)
    figures = metrics.Metrics(reader.pool, reader.load)
    figures.registry.register(Figures(hub.streams))
    hub.bars = bars = LiveBars(settings, reader, hub.publish, lambda: hub.displays)
    return Parts(
        reader=reader,
        aside=aside,
        known_keys=KnownKeys(aside.fetch_row),
        replay_lag=ReplayLag(reader.fetch_row, settings.api_max_lag_seconds),
        metrics=figures,
        refusals=Refusals(DIALECTS),
        hub=hub,
        bars=bars,
    )


def _litestar(settings: ApiSettings, parts: Parts) -> Litestar:
    state = _state(settings, parts)

    @asynccontextmanager
    async def database(_app: Litestar) -> AsyncIterator[None]:
        revoking = asyncio.create_task(end_revoked(parts.hub.streams, parts.known_keys))
        async with parts.reader.pool, state.check, parts.bars:
            yield
            revoking.cancel()
            await parts.hub.close()
            await parts.aside.close()
        state.archive.close()
        state.exports.spool.close()

    return Litestar(
        [
            legacy.router,
            native.router,
            alpaca.router,
            binance.router,
            udf.router,
            health.router,
            metrics.metrics,
            *widgets.ROUTES,
            *pages.ROUTES,
            *login.ROUTES,
        ],
        state=state,
        lifespan=[database],
        exception_handlers={Exception: parts.refusals.response},
        openapi_config=openapi.config(
            asks_for_keys=asks_for_keys(settings),
            open_paths=OPEN,
            complete=other_formats.describe,
        ),
        logging_config=None,  # the caller sets up logging
        debug=False,
    )


def _state(settings: ApiSettings, parts: Parts) -> State:
    """Returns what the routes use."""
    reader = parts.reader
    return State(
        {
            "settings": settings,
            "reader": reader,
            "check": Check(settings),
            "symbols": Symbols(reader),
            "sources": Sources() if settings.api_cache_ms else Sources(0),
            "timeframes": Timeframes(reader),
            "pending": Pending(reader),
            "archive": Archive(settings, reader),
            "operation": Cache(operation.FRESH_SECONDS if settings.api_cache_ms else 0),
            "exports": Exports(settings),
            "metrics": parts.metrics,
            "known_keys": parts.known_keys if asks_for_keys(settings) else None,
            "replay_lag": parts.replay_lag,
            "hub": parts.hub,
        }
    )
