"""What a message says about stored ticks, instead of adding one.

A cancelled identity stays cancelled, the last correction wins over the original: so it makes no
difference to either whether the original comes before or after.
"""

import msgspec

from ingest.formats.tick import Tick

LONGEST_RANGE = 24 * 3600 * 1_000_000  # microseconds that a batch may speak of


class Correction(msgspec.Struct, frozen=True, gc=False):
    """A tick to stand in the place of the one with its identity."""

    tick: Tick

    @property
    def us(self) -> int:
        return self.tick.us

    @property
    def symbol(self) -> str:
        return self.tick.symbol


class Cancel(msgspec.Struct, frozen=True, gc=False):
    """The identity of a tick that never was; times in microseconds since 2000-01-01 UTC."""

    us: int
    symbol: str
    source: str
    tick_id: str


class Replacement(msgspec.Struct, frozen=True, gc=False):
    """A tick of a range that is sent anew; waits for the end of its batch."""

    tick: Tick
    batch: str

    @property
    def us(self) -> int:
        return self.tick.us

    @property
    def symbol(self) -> str:
        return self.tick.symbol


class End(msgspec.Struct, frozen=True, gc=False):
    """The end of a batch, which was `rows` ticks of a series from `us` to before `until`."""

    batch: str
    rows: int
    replace: bool
    symbol: str
    source: str
    us: int
    until: int


Control = Correction | Cancel | Replacement | End
