"""The application, assembled from its dialects and pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State

from api import metrics, openapi, pages
from api.formats.exports import Exports
from api.legacy import routes as legacy
from api.native import routes as native
from api.native.errors import as_problem
from api.pending import Pending
from api.pool import Reader
from api.settings import ApiSettings
from api.symbols import Symbols
from api.timeframes import Timeframes


def create_app(settings: ApiSettings) -> Litestar:
    """Returns the API over the database of `settings`; the connections open at start-up."""
    reader = Reader(settings)
    measured = metrics.Metrics(reader.pool)

    @asynccontextmanager
    async def database(_app: Litestar) -> AsyncIterator[None]:
        async with reader.pool:
            yield

    return Litestar(
        [legacy.router, native.router, metrics.metrics, *pages.ROUTES],
        state=State(
            {
                "settings": settings,
                "reader": reader,
                "symbols": Symbols(reader),
                "timeframes": Timeframes(reader),
                "pending": Pending(reader),
                "exports": Exports(settings),
                "metrics": measured,
            }
        ),
        lifespan=[database],
        middleware=[measured],
        exception_handlers={Exception: as_problem},
        # Pages of any origin may read; there is nothing to write.
        cors_config=CORSConfig(allow_origins=["*"], allow_methods=["GET"]),
        openapi_config=openapi.config(),
        logging_config=None,  # the caller sets up logging
        debug=False,
    )
