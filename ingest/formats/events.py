"""Events as the loader stores them, the reasons why a message is not stored, and their limits."""

from decimal import Decimal
from typing import Literal

import msgspec

# Room for every amount in the smallest unit of a token, and for a double written out in full.
LARGEST_NUMBER = Decimal("1e40")
MOST_DECIMALS = 120
LARGEST_SEQUENCE = (1 << 63) - 1
LONGEST_SYMBOL = 128  # characters
LONGEST_NAME = 64  # characters of a source, an exchange, a tape, a condition
LONGEST_ID = 1000  # bytes of a tick_id; of a longer one its hash is stored
MOST_CONDITIONS = 64

Kind = Literal["trade", "quote"]
Side = Literal["buy", "sell"]


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One trade.

    `us` is the venue's time in microseconds since 2000-01-01 UTC, `ns` the nanoseconds below that,
    `received_us` the time at which the publisher received it. `size` is in units, `side` the
    taker's. `seq` orders events of one nanosecond, None if the venue gives no sequence. `backfill`
    marks an event that was loaded from history. `stored` marks one as a database had it: its id is
    final, and if it has no conditions, `lists_none` tells an empty list from none.
    """

    us: int
    symbol: str
    source: str
    price: Decimal
    size: Decimal | None = None
    side: Side | None = None
    tick_id: str | None = None
    seq: int | None = None
    ns: int = 0
    exchange: str | None = None
    tape: str | None = None
    conditions: tuple[str, ...] = ()
    received_us: int | None = None
    backfill: bool = False
    stored: bool = False
    lists_none: bool = False


class Quote(msgspec.Struct, frozen=True, gc=False):
    """The best bid and ask of a venue, None for a side that it does not report; see Trade."""

    us: int
    symbol: str
    source: str
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    tick_id: str | None = None
    seq: int | None = None
    ns: int = 0
    exchange: str | None = None
    tape: str | None = None
    conditions: tuple[str, ...] = ()
    received_us: int | None = None
    backfill: bool = False
    stored: bool = False
    lists_none: bool = False


Event = Trade | Quote


def kind_of(event: Event) -> Kind:
    return "trade" if isinstance(event, Trade) else "quote"


class Reject(msgspec.Struct, frozen=True):
    """Why a message is not stored: a reason to group by, and the detail that names the fault."""

    reason: str
    detail: str


class Ignored(msgspec.Struct, frozen=True):
    """Why a message that holds no event is no fault, such as a heartbeat: a reason to group by."""

    reason: str
