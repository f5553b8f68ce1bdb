"""Facts that a transaction takes over from those before it on its connection."""

import msgspec

from ingest.formats.catalog import Catalog
from ingest.formats.times import OLDEST


class State(msgspec.Struct):
    logs_changes: bool  # whether candles depend on it, as on the Apache-2 edition
    catalog: Catalog  # by which batches are decoded
    newest: str = OLDEST  # time of the newest event stored, as rfc3339() writes it
    symbols: set[str] = set()  # known to be in market.instruments
    sources: set[str] = set()  # known to be in market.sources
    staging: bool = False  # whether the last batch held events that were stored already
