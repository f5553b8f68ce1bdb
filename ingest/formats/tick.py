"""A tick as the loader stores it, the reason why a message is not stored, and their limits."""

from decimal import Decimal

import msgspec

# Far above any market; below the size at which a sum of price times size overflows.
LARGEST_NUMBER = Decimal("1e20")
MOST_DECIMALS = 20
LONGEST_NAME = 64  # characters of a symbol or source
LONGEST_ID = 200  # characters of a tick_id


class Tick(msgspec.Struct, frozen=True, gc=False):
    """One trade, or one quote at its mid.

    `us` is the event time in microseconds since 2000-01-01 UTC; `seq` orders ticks of one
    microsecond, None if the source has no sequence; `size` is in units, None for a quote.
    """

    us: int
    symbol: str
    source: str
    price: Decimal
    size: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    tick_id: str | None = None
    seq: int | None = None


class Reject(msgspec.Struct, frozen=True):
    """Why a message is not stored: a reason to group by, and the detail that names the fault."""

    reason: str
    detail: str
