"""The application, assembled from its dialects and pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from litestar import Litestar
from litestar.datastructures import State

from api import metrics, openapi, pages
from api.aside import Aside
from api.http.asgi import App
from api.http.guard import guarded
from api.http.keys import asks_for_keys
from api.http.refusals import Dialect, Refusals
from api.known_keys import KnownKeys
from api.legacy import routes as legacy
from api.legacy.errors import MEDIA_TYPE as LEGACY_TYPE
from api.legacy.errors import render as render_legacy
from api.native import routes as native
from api.native.errors import MEDIA_TYPE as PROBLEM_TYPE
from api.native.errors import as_problem
from api.native.errors import render as render_problem
from api.pages import login
from api.pending import Pending
from api.pool import Reader
from api.replay_lag import ReplayLag
from api.settings import ApiSettings
from api.timeframes import Timeframes

DIALECTS = (
    *(
        Dialect(prefix, render_legacy, LEGACY_TYPE)
        for prefix in ("/symbols", "/ticks", "/bars", "/movers", "/api/v1")
    ),
    Dialect("", render_problem, PROBLEM_TYPE),
)


def create_app(settings: ApiSettings) -> Litestar:
    """Returns the API over the database of `settings`; the connections open at start-up."""
    reader = Reader(settings)
    aside = Aside(settings)
    measured = metrics.Metrics(reader.pool)

    @asynccontextmanager
    async def database(_app: Litestar) -> AsyncIterator[None]:
        async with reader.pool:
            yield
            await aside.close()

    return Litestar(
        [legacy.router, native.router, metrics.metrics, *pages.ROUTES, *login.ROUTES],
        state=State(
            {
                "settings": settings,
                "reader": reader,
                "timeframes": Timeframes(reader),
                "pending": Pending(reader),
                "metrics": measured,
                "known_keys": KnownKeys(aside.fetch_row) if asks_for_keys(settings) else None,
                "replay_lag": ReplayLag(reader.fetch_row, settings.api_max_lag_seconds),
            }
        ),
        lifespan=[database],
        middleware=[measured],
        exception_handlers={Exception: as_problem},
        openapi_config=openapi.config(),
        logging_config=None,  # the caller sets up logging
        debug=False,
    )


def create_service(settings: ApiSettings) -> App:
    """Returns the API behind its guards, as it is served."""
    app = create_app(settings)
    state = app.state
    return guarded(cast(App, app), settings, state.known_keys, state.replay_lag, Refusals(DIALECTS))
