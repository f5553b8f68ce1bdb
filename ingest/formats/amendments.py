"""A message that changes stored ticks instead of adding one.

A cancelled identity stays cancelled, and the last correction wins over the original: so both end
the same whether the original comes before or after.
"""

import msgspec

from ingest.formats.tick import Tick

LONGEST_RANGE = 24 * 3600 * 1_000_000  # microseconds that the end of a batch may span


class Correction(msgspec.Struct, frozen=True, gc=False):
    """A tick that takes the place of the stored one with its identity."""

    tick: Tick

    @property
    def us(self) -> int:
        return self.tick.us

    @property
    def symbol(self) -> str:
        return self.tick.symbol


class Cancel(msgspec.Struct, frozen=True, gc=False):
    """The identity of a tick to delete; `us` is microseconds since 2000-01-01 UTC."""

    us: int
    symbol: str
    source: str
    tick_id: str


class Replacement(msgspec.Struct, frozen=True, gc=False):
    """A tick of a range that is sent again; it waits for the end of its batch."""

    tick: Tick
    batch: str

    @property
    def us(self) -> int:
        return self.tick.us

    @property
    def symbol(self) -> str:
        return self.tick.symbol


class BatchEnd(msgspec.Struct, frozen=True, gc=False):
    """The end of a publisher's batch: `rows` ticks of one series, from `us` to before `until`.

    With `replace` they take the place of the range's stored ticks; else they are only counted.
    """

    batch: str
    rows: int
    replace: bool
    symbol: str
    source: str
    us: int
    until: int


Amendment = Correction | Cancel | Replacement | BatchEnd
