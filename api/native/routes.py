"""The routes of the native API, collected; each subject has a file of its own."""

from litestar import Router

from api import parameters
from api.native import (
    bars,
    coverage,
    event_routes,
    market,
    operation,
    snapshots,
    stream,
    symbols,
    timeframes,
)
from api.native.errors import as_problem

router = Router(
    "/v1",
    route_handlers=[
        bars.bars,
        bars.latest,
        coverage.coverage,
        *event_routes.ROUTES,
        snapshots.snapshots,
        coverage.gaps,
        market.movers,
        market.calendar,
        market.status,
        operation.operation,
        symbols.instruments,
        symbols.instrument,
        timeframes.timeframes,
        *stream.ROUTES,
    ],
    before_request=parameters.refuse_unknown,
    exception_handlers={Exception: as_problem},
)
