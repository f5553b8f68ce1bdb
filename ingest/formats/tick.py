"""What the loader takes from a message: ticks, or the reason why there are none."""

from decimal import Decimal

import msgspec

# PostgreSQL's own epoch, 2000-01-01, in seconds of Unix time: ticks count from here.
EPOCH_UNIX_SECONDS = 946_684_800

# Far above any market; below what makes a sum of price times size overflow.
LARGEST_NUMBER = Decimal("1e20")
MOST_DECIMALS = 20
LONGEST_NAME = 64  # characters of a symbol or source
LONGEST_ID = 200  # characters of a tick_id


class Tick(msgspec.Struct, frozen=True, gc=False):
    """One trade, or one quote at its mid.

    `us` is the event time in microseconds since 2000-01-01 UTC; `seq` orders ticks of one
    microsecond, None where the source has no sequence; `size` is in units, None for a quote.
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
    """Why a message cannot be stored: a reason to count by, a detail to mend it by."""

    reason: str
    detail: str
