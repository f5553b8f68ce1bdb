"""Messages that change stored events instead of adding one.

A cancelled identity stays cancelled, and the last correction wins over the original: so both end
the same whether the original comes before or after.
"""

import msgspec

from ingest.formats.events import Event, Kind, kind_of

LONGEST_RANGE = 24 * 3600 * 1_000_000  # microseconds that the end of a batch may span


class Correction(msgspec.Struct, frozen=True, gc=False):
    """An event that takes the place of a stored one with its id, or with one of `amends`.

    Its time is the original's or its own.
    """

    event: Event
    amends: tuple[str, ...] = ()

    @property
    def us(self) -> int:
        return self.event.us

    @property
    def symbol(self) -> str:
        return self.event.symbol


class Cancel(msgspec.Struct, frozen=True, gc=False):
    """The ids of an event to delete: `tick_id`, and further ones that it may be stored under.

    `us` is microseconds since 2000-01-01 UTC, of the original or of the cancel, `ns` below it.
    """

    us: int
    ns: int
    symbol: str
    source: str
    kind: Kind
    tick_id: str
    amends: tuple[str, ...] = ()
    exchange: str | None = None  # to which the ids belong, where these are unique per exchange


class Replacement(msgspec.Struct, frozen=True, gc=False):
    """An event of a range that is sent again; it waits for the end of its batch."""

    event: Event
    batch_name: str

    @property
    def us(self) -> int:
        return self.event.us

    @property
    def symbol(self) -> str:
        return self.event.symbol


class BatchEnd(msgspec.Struct, frozen=True, gc=False):
    """The end of a publisher's batch: `rows` events of one series, from `us` to before `until`.

    With `replace` they take the place of the range's stored events; else they are only counted.
    """

    batch_name: str
    rows: int
    replace: bool
    kind: Kind
    symbol: str
    source: str
    us: int
    until: int


Amendment = Correction | Cancel | Replacement | BatchEnd


def kind_amended(amendment: Amendment) -> Kind:
    """Returns the kind of the events that an amendment is about."""
    if isinstance(amendment, Correction | Replacement):
        return kind_of(amendment.event)
    return amendment.kind
