"""Measures reading a DBN file of trades beside databento-dbn.

Beside its bare iteration, and beside a loop over its records that only makes the bytes of as many
messages. Prints the report and writes build/bench-files-dbn.json. Seconds are those of the
processor, as all three work in one thread.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from struct import Struct
from types import SimpleNamespace
from typing import Any

import databento_dbn as library

from ingest.files import databento
from ingest.files.layout import FileOptions

REPORT = Path("build/bench-files-dbn.json")
CHUNK_BYTES = 1 << 17
SECOND_NS = 10**9
START = 1_609_160_400_000_000_000  # 2020-12-28T13:00:00Z
# Length in words, type, publisher, instrument, ts_event, price, size, action, side, flags, depth,
# ts_recv, ts_in_delta, sequence.
RECORD = Struct("<BBHIQqIccBBQiI")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "trades.dbn"
        _write(file, given.records)
        ways = {"bare iteration": _bare, "loop that makes the bytes": _loop, "publish": _ours}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, way in ways.items():
                seconds[name].append(_measure(way, file, given.records))
    middle = {name: statistics.median(some) for name, some in seconds.items()}
    report = {
        "records": given.records,
        "records_per_second": {name: round(given.records / one) for name, one in middle.items()},
        "ratio_to_bare_iteration": round(middle["bare iteration"] / middle["publish"], 3),
        "ratio_to_loop": round(middle["loop that makes the bytes"] / middle["publish"], 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))


def _measure(way: Callable[[Path], int], file: Path, records: int) -> float:
    started = time.process_time()
    assert way(file) == records
    return time.process_time() - started


def _write(file: Path, records: int) -> None:
    """Writes trades 0.3 ms apart, at a few hundred prices."""
    with file.open("wb") as stream:
        stream.write(_metadata())
        for number in range(records):
            price = 3_720_250_000_000 + number % 400 * 250_000_000
            side = b"A" if number % 3 else b"B"
            event = START + number * 301_003
            size = 1 + number % 50
            stream.write(
                RECORD.pack(
                    12, 0, 1, 5482, event, price, size, b"T", side, 128, 0, event, 19_251, number
                )
            )


def _metadata() -> bytes:
    days = {"start_date": date(2020, 12, 28), "end_date": date(2021, 1, 28)}
    mapping: Any = SimpleNamespace(
        raw_symbol="ESH1", intervals=[SimpleNamespace(**days, symbol="5482")]
    )
    metadata = library.Metadata(
        dataset="GLBX.MDP3",
        start=START,
        stype_in=library.SType.RAW_SYMBOL,
        stype_out=library.SType.INSTRUMENT_ID,
        schema=library.Schema.TRADES,
        symbols=["ESH1"],
        mappings=[mapping],
    )
    return bytes(metadata)


def _records(file: Path) -> Any:
    decoder = library.DBNDecoder()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield from decoder.write_and_decode(chunk)


def _bare(file: Path) -> int:
    decoder, count = library.DBNDecoder(), 0
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            for _ in decoder.write_and_decode(chunk):
                count += 1
    return count - 1  # the metadata


def _loop(file: Path) -> int:
    """Makes messages as an example of the library would, without any check."""
    count = 0
    for record in _records(file):
        if not isinstance(record, library.TradeMsg) or record.action != "T":
            continue
        second, below = divmod(record.ts_event, SECOND_NS)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        price = Decimal(record.price).scaleb(-9).normalize()
        side = {"A": "sell", "B": "buy"}[str(record.side)]
        message = (
            f'{{"v":1,"kind":"trade","source":"databento","symbol":"ESH1","event_time":"{moment}'
            f'.{below:09}Z","price":"{price:f}","size":"{record.size}","side":"{side}","exchange":"'
            f'{record.publisher_id}","seq":{record.sequence},"dedupe_id":"{record.publisher_id}-'
            f'{record.ts_event}-{record.sequence}-0000","flags":["backfill"]}}'
        ).encode()
        count += len(message) > 0
    return count


def _ours(file: Path) -> int:
    return sum(len(block) for block in databento.read(str(file), FileOptions(), Counter()))


if __name__ == "__main__":
    main()
