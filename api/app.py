"""The application: what it is put together from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State

from api import metrics, openapi, pages
from api.errors import as_problem
from api.legacy import routes as legacy
from api.native import routes as native
from api.pool import Reader
from api.settings import ApiSettings


def create_app(settings: ApiSettings) -> Litestar:
    """Returns the API that answers from the database of `settings`; it opens it when it starts."""
    reader = Reader(settings)
    measured = metrics.Metrics(reader.pool)

    @asynccontextmanager
    async def database(_app: Litestar) -> AsyncIterator[None]:
        async with reader.pool:
            yield

    return Litestar(
        [legacy.router, native.router, metrics.metrics, *pages.ROUTES],
        state=State({"settings": settings, "reader": reader, "metrics": measured}),
        lifespan=[database],
        middleware=[measured],
        exception_handlers={Exception: as_problem},
        # Charts and notebooks anywhere may read; there is nothing to write.
        cors_config=CORSConfig(allow_origins=["*"], allow_methods=["GET"]),
        openapi_config=openapi.config(),
        logging_config=None,  # logging is set up by whoever calls
        debug=False,
    )
