"""The shapes of the answers, for the OpenAPI document; PostgreSQL writes the answers themselves."""

from datetime import datetime
from typing import Any

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from api.errors import ProblemBody, SeedBody

Number = float  # a JSON number; PostgreSQL writes it with all its digits


class Health(msgspec.Struct):
    """Whether the service and its database answer."""

    status: str
    db: str


class SymbolNames(msgspec.Struct):
    """All symbols by name."""

    symbols: list[str]


class Tick(msgspec.Struct):
    """One trade, or one quote at its mid; a quote has no volume."""

    symbol: str
    price: Number
    volume: Number | None
    event_time: datetime


class LatestTicks(msgspec.Struct):
    """The newest ticks, newest first."""

    symbol: str
    count: int
    ticks: list[Tick]


class TickSummary(msgspec.Struct):
    """Figures over the ticks of a window; the times are those of its first and last tick."""

    symbol: str
    window_minutes: int
    count: int
    avg_price: Number
    min_price: Number
    max_price: Number
    sum_volume: Number
    start_time: datetime
    end_time: datetime


class SeedBar(msgspec.Struct):
    """One bar; volume_sum is 0 where the source sends no sizes."""

    symbol: str
    bucket_start: datetime
    open: Number
    high: Number
    low: Number
    close: Number
    volume_sum: Number
    tick_count: int


class LatestBars(msgspec.Struct):
    """The newest bars, newest first."""

    symbol: str
    count: int
    bars: list[SeedBar]


class BarSummary(msgspec.Struct):
    """The bars of a window as one."""

    symbol: str
    window_minutes: int
    bar_count: int
    open: Number
    high: Number
    low: Number
    close: Number
    change_pct: Number
    total_volume: Number
    total_ticks: int


class Mover(msgspec.Struct):
    """A symbol and how far it moved."""

    symbol: str
    price_open: Number
    price_close: Number
    change_pct: Number


class Movers(msgspec.Struct):
    """The symbols that moved most, up or down."""

    window_minutes: int
    movers: list[Mover]


class Ping(msgspec.Struct):
    """A sign of life."""

    status: str


class Status(msgspec.Struct):
    """What is watched, and through which broker."""

    kafka_broker: str
    monitored_symbols: list[str]


class Bar(msgspec.Struct):
    """One bar: start, open, high, low, close, volume, number of ticks, volume-weighted price.

    Where the source sends no sizes, v is 0 and vw null.
    """

    t: datetime
    o: Number
    h: Number
    l: Number  # noqa: E741
    c: Number
    v: Number
    n: int
    vw: Number | None


class Bars(msgspec.Struct):
    """Bars by symbol; symbols without any are absent."""

    bars: dict[str, list[Bar]]
    next_page_token: str | None


class LastBars(msgspec.Struct):
    """The newest bar of each symbol."""

    bars: dict[str, Bar]


class Instrument(msgspec.Struct):
    """What is known of a symbol; what nobody filled in is null."""

    symbol: str
    asset_class: str | None
    base: str | None
    quote: str | None
    price_scale: int | None
    primary_source: str | None
    first_seen_at: datetime
    last_seen_at: datetime


class Instruments(msgspec.Struct):
    """All instruments."""

    symbols: list[Instrument]


def seed_answers(shape: type[Any], example: object, *errors: int) -> dict[int, ResponseSpec]:
    """Documents an answer under one of the seeds' paths."""
    specs = {200: _answer(shape, example)}
    for status in errors:
        error = {"code": _SEED_CODES[status], "message": _DETAILS[status], **_fields(status)}
        body = {"detail": {"error": error}}
        specs[status] = _error(SeedBody, status, body, "application/json")
    return specs


def native_answers(shape: type[Any], example: object, *errors: int) -> dict[int, ResponseSpec]:
    """Documents an answer under /v1."""
    specs = {200: _answer(shape, example)}
    for status in errors:
        body = {
            "type": f"urn:stockpulse:problem:{_SLUGS[status]}",
            "title": _WHAT[status],
            "status": status,
            "detail": _DETAILS[status],
            **_fields(status),
        }
        specs[status] = _error(ProblemBody, status, body, "application/problem+json")
    return specs


_WHAT = {
    404: "No such symbol, or nothing in the window",
    422: "A parameter is missing, malformed or out of bounds",
    503: "The database is away",
    504: "The question took too long",
}
_DETAILS = {
    404: "no symbol APPL has been stored",
    422: "limit must be an integer of at least 1",
    503: "The database cannot be reached; try again shortly.",
    504: "The question took longer than allowed; ask for less.",
}
_SEED_CODES = {404: "NOT_FOUND", 422: "VALIDATION_ERROR", 503: "UNAVAILABLE", 504: "TOO_SLOW"}
_SLUGS = {404: "unknown-symbol", 422: "invalid-parameter", 503: "unavailable", 504: "too-slow"}


def _fields(status: int) -> dict[str, str]:
    return {"field": "limit"} if status == 422 else {}


def _answer(shape: type[Any], example: object) -> ResponseSpec:
    return ResponseSpec(
        shape,
        generate_examples=False,
        description=(shape.__doc__ or "").splitlines()[0],
        examples=[Example(value=example)],
    )


def _error(shape: type[Any], status: int, body: object, media_type: str) -> ResponseSpec:
    return ResponseSpec(
        shape,
        generate_examples=False,
        description=_WHAT[status],
        media_type=media_type,
        examples=[Example(value=body)],
    )
