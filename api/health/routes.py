"""Routes that orchestrators, and the monitoring of the legacy service, ask."""

from typing import Any

import msgspec
from litestar import Response, Router, get
from litestar.datastructures import State
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from api import openapi
from api.errors import Unavailable
from api.health import schemas
from api.health.check import OK, UNKNOWN, Check

HEALTHY = {"status": "ok", "db": "ok"}
AWAY = {"status": "error", "db": "away"}
LIVE = {"status": "ok"}
CHECKED = {"status": "ready", "checks": {"database": "ok", "schema": "ok"}}
UNCHECKED = {"status": "not ready", "checks": {"database": "ok", "schema": "not migrated"}}
READY = {"status": "ready", "checks": {"db": "ok", "stock_ticks": 10_000, "stock_bars_1m": 1800}}
NOT_READY = {"status": "not ready", "checks": {"db": "away"}}
VERSION = {"version": openapi.version_of_package(), "service": "stockpulse-api"}


def _responses(schema: type[Any], good: object, bad: object = None) -> dict[int, ResponseSpec]:
    specs = {200: openapi.response(schema, good)}
    if bad:
        specs[503] = ResponseSpec(
            schema,
            generate_examples=False,
            description="The service is not ready",
            examples=[Example(value=bad)],
        )
    return specs


@get(
    "/health",
    summary="Health of the service and its database",
    tags=["Health"],
    responses=_responses(schemas.Health, HEALTHY, AWAY),
)
async def health(state: State) -> Response[bytes]:
    """Returns 503 and `"db":"away"` while the database cannot be reached, however high the load."""
    found = await _check(state).found()
    good = found.database == OK
    return _answer(HEALTHY if good else {"status": "error", "db": found.database}, good)


@get(
    "/health/live",
    summary="Whether the process answers",
    tags=["Health"],
    responses=_responses(schemas.Live, LIVE),
)
async def live() -> Response[bytes]:
    """Returns 200 without a query: a process that does not answer wants a restart."""
    return _answer(LIVE, True)


@get(
    "/health/ready",
    summary="Whether requests can be served",
    tags=["Health"],
    responses=_responses(schemas.Checks, CHECKED, UNCHECKED),
)
async def ready_for_requests(state: State) -> Response[bytes]:
    """Returns 503 while the database cannot be reached or is not migrated to this version."""
    found = await _check(state).found()
    status = "ready" if found.is_ready else "not ready"
    return _answer({"status": status, "checks": found.checks}, found.is_ready)


@get(
    "/ready",
    summary="Whether the database is ready, and has data",
    tags=["Health"],
    responses=_responses(schemas.Ready, READY, NOT_READY),
)
async def ready(state: State) -> Response[bytes]:
    """Returns what the legacy service does; of trades and bars 10,000 at most are counted."""
    found = await _check(state).found()
    counts = await _check(state).counts()
    if not counts:
        fault = next((state for state in found.checks.values() if state != OK), UNKNOWN)
        return _answer({"status": "not ready", "checks": {"db": fault}}, False)
    return _answer({"status": "ready", "checks": {"db": OK} | counts}, True)


@get(
    "/version",
    summary="Version of the service",
    tags=["Health"],
    responses=_responses(schemas.Version, VERSION),
)
async def version() -> Response[bytes]:
    """Returns the version of this service."""
    return _answer(VERSION, True)


def _check(state: State) -> Check:
    check: Check = state.check
    return check


def _answer(body: object, good: bool) -> Response[bytes]:
    retry = {} if good else dict(Unavailable.headers)
    return Response(
        msgspec.json.encode(body),
        status_code=200 if good else 503,
        media_type="application/json",
        headers={"Cache-Control": "no-store"} | retry,
    )


router = Router("/", route_handlers=[health, live, ready_for_requests, ready, version])
