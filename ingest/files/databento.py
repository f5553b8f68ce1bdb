"""Publishes Databento's DBN files: trades, or the quotes of tbbo, mbp-1, cmbp-1 and bbo.

All files are looked at before anything is sent: each has to be whole, of a schema that is known.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from db.errors import UsageError
from ingest.files import databento_symbols, opened, zstd_frames
from ingest.files.databento_records import NO_PRICE, ReadRecords, reader
from ingest.files.databento_symbols import Symbols
from ingest.files.layout import FileOptions, Message, TooOld
from ingest.files.zstd_frames import CutOff
from ingest.formats.events import Kind
from ingest.kafka import producer, topics
from ingest.kafka.producer import Advance, Published
from ingest.kafka.settings import KafkaSettings

SOURCE = "databento"
CHUNK_BYTES = 1 << 17
PEEKED_BLOCKS = 2  # what is wrong with a record is raised behind those before it
MAGIC = b"DBN"
TRADES = "trades"
BOTH = frozenset(("tbbo", "mbp-1", "tcbbo", "cmbp-1"))  # schemas of trades and quotes
QUOTES = frozenset(("bbo-1s", "bbo-1m", "cbbo-1s", "cbbo-1m"))
RECORDS: dict[Kind, tuple[str, ...]] = {
    "trade": ("TradeMsg", "MBP1Msg", "CMBP1Msg"),
    "quote": ("MBP1Msg", "CMBP1Msg", "BBOMsg", "CBBOMsg"),
}

Readers = dict[type, ReadRecords]


class Failed(Exception):
    """A record cannot be read, and ends the run; the text says which and why."""


def look_at(files: Sequence[str], options: FileOptions) -> str | None:
    """Looks at all files; returns a line about the first event of one if it is too old.

    Raises UsageError for a file that is not whole, no DBN, or of another schema.
    """
    for file in files:
        _check_whole(file)
        try:
            list(islice(read(file, options, Counter()), PEEKED_BLOCKS))
        except TooOld as error:
            return f"{file} has an event of {error}"
        except Failed:
            pass  # it is named when it is published
    return None


def publish(
    settings: KafkaSettings,
    files: Sequence[str],
    options: FileOptions,
    *,
    left_out: Counter[str],
    topic: str = topics.BACKFILL,
    advance: Advance = lambda _bytes: None,
) -> Published:
    """Publishes the trades or quotes of files that look_at() has seen.

    Ends at the first record that cannot be read or is too old; what is before it is published.
    Records without a price are counted in `left_out` by file. `advance` is called with the number
    of bytes read since its last call.
    """
    failures: list[str] = []
    refused: list[str] = []

    def blocks() -> Iterator[list[Message]]:
        try:
            for file in files:
                yield from read(file, options, left_out, advance)
        except (Failed, UsageError) as error:
            failures.append(str(error))
        except TooOld as error:
            refused.append(f"an event is of {error}")

    published = producer.publish_blocks(settings, topic, blocks())
    return msgspec.structs.replace(
        published,
        failures=(*failures, *published.failures),
        refused=refused[0] if refused else None,
    )


def read(
    file: str,
    options: FileOptions,
    left_out: Counter[str],
    advance: Advance = lambda _bytes: None,
) -> Iterator[list[Message]]:
    """Yields the messages of a file; raises Failed or TooOld behind those before such a record."""
    readers: Readers | None = None
    done = 0
    for records in _parts(file, advance):
        if readers is None:
            readers = _readers(file, records.pop(0), options)
        made: list[Message] = []
        try:
            _read_records(readers, records, made, left_out, file, done)
        except (TooOld, Failed):
            yield made
            raise
        yield made
        done += len(records)


def _read_records(
    readers: Readers,
    records: list[Any],
    made: list[Message],
    left_out: Counter[str],
    file: str,
    done: int,
) -> None:
    for record_type, group in groupby(records, type):
        same = list(group)
        done += len(same)
        if record_type not in readers:
            continue  # of a live session: what its gateway has to say
        at = done - len(same)
        try:
            for message in readers[record_type](same):
                at += 1
                if message is NO_PRICE:
                    left_out[file] += 1
                elif message is not None:
                    made.append(message)
        except ValueError as error:
            raise Failed(f"{file}: record {at + 1}: {error}") from error


def _readers(file: str, metadata: Any, options: FileOptions) -> Readers:
    """Returns what reads each type of records; raises UsageError."""
    dbn = _library()
    kind = _kind(file, metadata.schema, options.kind)
    databento_symbols.check(file, metadata, options.symbol)
    symbols = Symbols(metadata, options.symbol)
    source, limit = options.source or SOURCE, options.limits.get(kind)
    types = [getattr(dbn, name) for name in RECORDS[kind]]
    readers: Readers = {one: reader(kind, source, symbols, limit, one) for one in types}
    return {**readers, dbn.SymbolMappingMsg: symbols.add}


def _kind(file: str, schema: str | None, asked: Kind | None) -> Kind:
    """Returns the kind of events to publish of a schema; None is that of a live session."""
    if schema is not None and schema not in (TRADES, *BOTH, *QUOTES):
        known = ", ".join((TRADES, *sorted(BOTH), *sorted(QUOTES)))
        raise UsageError(f"{file}: its schema is {schema}; those that are read are {known}")
    only: Kind | None = "trade" if schema == TRADES else "quote" if schema in QUOTES else None
    if asked is None and only is None:
        raise UsageError(
            f"{file}: has quotes and trades: choose --kind quote or --kind trade, then the other"
            " one"
        )
    if asked not in (None, only) and only is not None:
        raise UsageError(f"{file}: has {only}s, not {asked}s")
    kind = asked or only
    assert kind is not None
    return kind


def _parts(file: str, advance: Advance) -> Iterator[list[Any]]:
    """Yields lists of records, the very first of which is the metadata.

    Raises UsageError for a file that is broken, Failed for one that ends within a record.
    """
    dbn = _library()
    with _opened(file) as stream:
        is_packed = stream.read(len(zstd_frames.FRAME)) == zstd_frames.FRAME
        stream.seek(0)
        packing = dbn.Compression.ZSTD if is_packed else dbn.Compression.NONE
        decoder = dbn.DBNDecoder(compression=packing)
        try:
            while chunk := stream.read(CHUNK_BYTES):
                if records := decoder.write_and_decode(chunk):
                    yield records
                advance(len(chunk))
        except dbn.DBNError as error:
            raise UsageError(f"{file}: cannot be read as DBN: {error}") from error
        if decoder.buffer():
            raise Failed(f"{file}: ends within a record: it is cut off")


def _check_whole(file: str) -> None:
    """Raises UsageError for a file that is none of DBN, or whose last frame has no end."""
    with _opened(file) as stream:
        head = stream.read(len(zstd_frames.FRAME))
        if head[: len(MAGIC)] == MAGIC:
            return
        if head != zstd_frames.FRAME:
            raise UsageError(
                f"{file}: is no DBN file, packed with zstd or not; of CSV: stockpulse publish csv"
            )
        try:
            zstd_frames.check(stream)
        except CutOff as error:
            raise UsageError(f"{file}: is not whole: {error}") from error


def _opened(file: str) -> BinaryIO:
    opened.check(file)
    if not opened.can_be_read_twice(file):
        raise UsageError(f"{file}: DBN cannot be read from a pipe: save it to a file")
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _library() -> Any:
    try:
        import databento_dbn
    except ImportError as error:
        raise UsageError(
            "the library databento_dbn is missing: pip install 'stockpulse[databento]'"
        ) from error
    return databento_dbn
