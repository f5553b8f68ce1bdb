"""Publishes a tree of Dukascopy's hours: SYMBOL/YYYY/MM/DD/HHh_ticks.bi5, months from 00.

A file HHh_ticks.json is the same hour in the form of the JSON API.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from db.errors import UsageError
from ingest.batch.age import AgeLimits
from ingest.formats.times import rfc3339
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, OutgoingMessage, Published
from ingest.kafka.settings import KafkaSettings
from ingest.sources.dukascopy_hours import DECODERS, CorruptHour, messages
from ingest.sources.dukascopy_instruments import Instrument, instruments

HOUR_FILE = re.compile(r"(\w+)/(\d{4})/(\d\d)/(\d\d)/(\d\d)h_ticks\.(bi5|json)$")


class Hour(NamedTuple):
    """One file; hours sort by symbol, then time."""

    symbol: str  # the name of its folder, EURUSD
    start: datetime
    path: Path


def publish(
    settings: KafkaSettings,
    directory: str | Path,
    *,
    topic: str = topics.BACKFILL,
    scales: Mapping[str, int] | None = None,
    replace: bool = False,
    advance: Advance = lambda _hours: None,
) -> Published:
    """Publishes every hour file below `directory`, by symbol and then by time.

    `scales` maps an instrument to the decimals of its prices, {"EURUSD": 5} or {"EUR/USD": 5}, and
    overrides CODES_BY_DECIMALS. With `replace`, each hour replaces the stored ticks of that hour.
    `advance` is called with the number of hours done since its last call. `count` of the result is
    in ticks; `failures` has a line for each file that was left out as corrupt or misplaced.
    Raises UsageError if there is no hour file or an instrument's decimals are unknown, and as
    producer.publish().
    """
    hours, failures = find(directory)
    known = instruments({hour.symbol for hour in hours}, scales or {})
    ended: list[Hour] = []
    made = _messages(hours, known, replace, failures, ended, advance)
    published = producer.publish(settings, topic, made)
    return msgspec.structs.replace(
        published,
        count=published.count - len(ended),
        failures=(*failures, *published.failures),
    )


def path(root: Path, instrument: Instrument, start: datetime, form: str) -> Path:
    """Returns the place of an hour below `root`; `form` is bi5 or json."""
    month = start.month - 1
    day = root / instrument.folder / f"{start:%Y}" / f"{month:02}" / f"{start:%d}"
    return day / f"{start:%H}h_ticks.{form}"


def find(directory: str | Path) -> tuple[list[Hour], list[str]]:
    """Returns the hours below `directory`, sorted, and a line for each misplaced file.

    Of an hour that is there in both forms it is the bi5. Raises UsageError if there is no hour.
    """
    hours: dict[tuple[str, datetime], Hour] = {}
    misplaced = []
    for file in sorted(Path(directory).resolve().rglob("*h_ticks.*")):
        try:
            hour = _hour(file)
        except ValueError:
            if file.suffix in (".bi5", ".json"):
                misplaced.append(
                    f"{file}: not at SYMBOL/YYYY/MM/DD/HHh_ticks{file.suffix} with months from 00"
                    " to 11"
                )
        else:
            hours.setdefault((hour.symbol, hour.start), hour)
    if not hours and not misplaced:
        raise UsageError(f"{directory} contains no SYMBOL/YYYY/MM/DD/HHh_ticks.bi5")
    return sorted(hours.values()), misplaced


def find_too_old(hours: Sequence[Hour], limits: AgeLimits) -> str | None:
    """Returns a line about hours that begin before `limits` allow, if there are any."""
    limit = limits.get("quote")
    old = [hour for hour in hours if limit and limit.refuses(rfc3339(hour.start))]
    if not limit or not old:
        return None
    first = min(hour.start for hour in old)
    return (
        f"{len(old)} of {len(hours)} hours are too old, the oldest of {first:%Y-%m-%d %H:%M} UTC:"
        f" {limit.sentence}"
    )


def _hour(file: Path) -> Hour:
    matched = HOUR_FILE.search(file.as_posix())
    if matched is None:
        raise ValueError(file)
    symbol, year, month, day, hour, _ = matched.groups()
    start = datetime(int(year), int(month) + 1, int(day), int(hour), tzinfo=UTC)
    return Hour(symbol, start, file)


def _messages(
    hours: Iterable[Hour],
    known: Mapping[str, Instrument],
    replace: bool,
    failures: list[str],
    ended: list[Hour],
    advance: Advance,
) -> Iterator[OutgoingMessage]:
    """Yields each hour's ticks and its end; a corrupt file adds a line to `failures` instead."""
    # A replacement has a name of its own: ticks of an interrupted one do not count for the next.
    attempt = format(time.time_ns(), "x") if replace else None
    for hour in hours:
        instrument = known[hour.symbol]
        decode = DECODERS[hour.path.suffix[1:]]
        try:
            quotes = decode(hour.path.read_bytes(), instrument, hour.start)
        except (CorruptHour, OSError) as error:
            failures.append(f"{hour.path}: {error}")
        else:
            yield from messages(instrument, hour.start, quotes, attempt)
            ended.append(hour)
        advance(1)
