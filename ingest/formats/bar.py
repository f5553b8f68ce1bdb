"""Bars that vendors have made, native messages of the kind `bar`: they are kept apart from events.

bar_message.py has the messages that publishers write.
"""

from decimal import Decimal
from typing import Any, Literal, get_args

import msgspec

from ingest.formats import fields
from ingest.formats.fields import Malformed, Payload

Interval = Literal["1m", "5m", "15m", "30m", "1h", "1d"]

SECONDS: dict[str, int] = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "1d": 86400}
# Keys of the bars that `stockpulse publish bars` writes; no vendor's bar has them here.
OWN = ("revision", "tick_count", "deleted")
LARGEST_COUNT = (1 << 63) - 1


class Bar(msgspec.Struct, frozen=True, gc=False):
    """One bar of a vendor: `us` is its start in microseconds since 2000-01-01 UTC.

    `trades` is the number of trades, `volume` the sum of sizes, None if the vendor does not say.
    A bar that is not final is still growing.
    """

    us: int
    symbol: str
    source: str
    interval: Interval
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None
    trades: int | None
    final: bool
    received_us: int | None = None


def decode(payload: Payload) -> Bar:
    """Returns the bar of a message; raises Malformed."""
    if own := [key for key in OWN if key in payload]:
        detail = f"it has {' and '.join(own)}, so `stockpulse publish bars` made it, and no vendor"
        raise Malformed("bar of our own", f"{detail}: take its topic out of STOCKPULSE_TOPICS")
    interval: Any = payload.get("interval")
    if not isinstance(interval, str) or interval not in SECONDS:
        known = ", ".join(get_args(Interval))
        raise Malformed("unknown interval", f"interval is {fields.shown(interval)}, not {known}")
    bar = Bar(
        us=_start(payload, interval),
        symbol=fields.symbol(payload, "symbol"),
        source=fields.source(payload, "source"),
        interval=interval,  # type: ignore[arg-type]
        open=fields.price(payload, "open"),
        high=fields.price(payload, "high"),
        low=fields.price(payload, "low"),
        close=fields.price(payload, "close"),
        volume=fields.size(payload, "volume"),
        trades=_trades(payload),
        final=_final(payload),
        received_us=fields.optional_time(payload, "received_at"),
    )
    _check_prices(bar)
    return bar


def _start(payload: Payload, interval: str) -> int:
    us, ns = fields.time(payload, "bar_start")
    if ns or us % (SECONDS[interval] * 1_000_000):
        shown = fields.shown(payload["bar_start"])
        raise Malformed("bad bar_start", f"bar_start is {shown}, where no bar of {interval} starts")
    return us


def _trades(payload: Payload) -> int | None:
    count = fields.whole_number(payload, "trades")
    if count is not None and not 0 <= count <= LARGEST_COUNT:
        raise Malformed("bad trades", f"trades is {fields.shown(payload['trades'])}, not a count")
    return count


def _final(payload: Payload) -> bool:
    final: object = payload.get("final")
    if final is None:
        raise Malformed("no final", "final is missing: true, or false for a bar that still grows")
    if not isinstance(final, bool):
        raise Malformed("wrong type", f"final is {fields.shown(final)}, not true or false")
    return final


def _check_prices(bar: Bar) -> None:
    for name, value in (("open", bar.open), ("close", bar.close)):
        if not bar.low <= value <= bar.high:
            detail = f"{name} {value} is not from low {bar.low} to high {bar.high}"
            raise Malformed("bad prices", detail[:200])
