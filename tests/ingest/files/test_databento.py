"""DBN files as messages: symbols by day, exact prices, and files that are cut off."""

import os
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from db.errors import UsageError
from ingest.batch.age import AgeLimit
from ingest.files import databento, zstd_frames
from ingest.files.databento import Failed
from ingest.files.layout import FileOptions, TooOld
from ingest.files.zstd_frames import CutOff
from tests.ingest.files import dbn
from tests.ingest.files.dbn import START, metadata, packed, record
from tests.ingest.files.reading import read as read_csv

HEAD = '{"v":1,"kind":"trade","source":"databento","symbol":"ESH1","event_time":"2020-12-28T13:00:'
END = ',"flags":["backfill"]}'
REAL = os.environ.get("STOCKPULSE_TEST_DBN", "")


def read(path: Path, data: bytes, name: str = "trades.dbn", **options: Any) -> list[str]:
    """Returns the messages of a file that is looked at first."""
    file = path / name
    file.write_bytes(data)
    chosen = FileOptions(**options)
    assert databento.look_at([str(file)], chosen) is None
    found = databento.read(str(file), chosen, Counter())
    return [message.decode() for block in found for _, message in block]


def test_prices_and_times_are_exact(tmp_path: Path) -> None:
    data = (
        metadata()
        + record(START + 98_821_953)
        + record(START + 98_821_953, 1)
        + record(START + 107_665_963, -37_630_000_000, side=b"B", sequence=7)
        + record(START + 1_000_000_000, 0, side=b"N", size=4_294_967_294, publisher=2)
    )
    expected = [
        HEAD + '00.098821953Z","price":"3720.25","size":"5","side":"sell","exchange":"1",'
        '"seq":1170380,"dedupe_id":"1-1609160400098821953-1170380-0000"' + END,
        HEAD + '00.098821953Z","price":"0.000000001","size":"5","side":"sell","exchange":"1",'
        '"seq":1170380,"dedupe_id":"1-1609160400098821953-1170380-0001"' + END,
        HEAD + '00.107665963Z","price":"-37.63","size":"5","side":"buy","exchange":"1",'
        '"seq":7,"dedupe_id":"1-1609160400107665963-7-0000"' + END,
        HEAD + '01.000000000Z","price":"0","size":"4294967294","exchange":"2",'
        '"seq":1170380,"dedupe_id":"2-1609160401000000000-1170380-0000"' + END,
    ]
    assert read(tmp_path, data) == expected
    assert read(tmp_path, packed(data), "trades.dbn.zst") == expected
    two = packed(data[:500]) + b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + packed(data[500:])
    assert read(tmp_path, two, "two-frames.dbn.zst") == expected


def test_messages_are_those_of_the_same_rows_in_csv(tmp_path: Path) -> None:
    text = (
        "ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,"
        "ts_in_delta,sequence,symbol\n"
        f"{START + 9},{START + 8},0,1,5482,T,A,0,3720250000000,5,128,0,7,ESH1\n"
        f"{START + 9},{START + 8},0,1,5482,T,A,0,3720250000000,5,128,0,7,ESH1\n"
    )
    data = metadata() + 2 * record(START + 8, sequence=7, received=START + 9)
    assert read(tmp_path, data) == [message for _, message in read_csv("a.csv", text).messages]


def test_a_symbol_is_that_of_the_records_day(tmp_path: Path) -> None:
    day = 86_400 * 10**9
    mappings = [
        ("ES.c.0", "2020-12-28", "2020-12-29", "5482"),
        ("ES.c.0", "2020-12-29", "2020-12-30", "7"),
        ("ES.c.1", "2020-12-29", "2020-12-30", "5482"),
    ]
    data = metadata(mappings=mappings) + record(START) + record(START + day)
    symbols = [message.partition('"symbol":')[2][:8] for message in read(tmp_path, data)]
    assert symbols == ['"ES.c.0"', '"ES.c.1"']
    with pytest.raises(Failed, match=r"record 2: instrument 5482 has no symbol in the file"):
        read(tmp_path, metadata() + record(START) + record(START + day))


def test_a_symbol_can_be_that_of_a_file_of_one_instrument(tmp_path: Path) -> None:
    data = metadata(mappings=[]) + record(START)
    assert '"symbol":"CME:ES"' in read(tmp_path, data, symbol="CME:ES")[0]
    with pytest.raises(Failed, match=r"record 2: it is of instrument 9, but --symbol X is that of"):
        read(tmp_path, data + record(START, instrument=9), symbol="X")
    several = [("A", "2020-12-28", "2020-12-29", "1"), ("B", "2020-12-28", "2020-12-29", "2")]
    with pytest.raises(UsageError, match="has 2 symbols, so --symbol cannot be given"):
        read(tmp_path, metadata(mappings=several), symbol="X")


def test_quotes_and_trades_of_a_book_are_published_apart(tmp_path: Path) -> None:
    best = (3_720_250_000_000, 3_720_500_000_000, 24, 11)
    one_sided = (3_720_250_000_000, dbn.UNDEFINED_PRICE, 24, 0)
    none = (dbn.UNDEFINED_PRICE, dbn.UNDEFINED_PRICE, 0, 0)
    data = metadata("mbp-1") + b"".join(
        record(START + at, kind=dbn.BOOK_UPDATE, action=action, book=book)
        for at, (action, book) in enumerate([(b"A", best), (b"T", one_sided), (b"R", none)])
    )
    head = HEAD.replace("trade", "quote")
    assert read(tmp_path, data, kind="quote") == [
        head + '00.000000000Z","bid":"3720.25","bid_size":"24","ask":"3720.5","ask_size":"11",'
        '"exchange":"1","seq":1170380,"dedupe_id":"1-1609160400000000000-1170380-0000"' + END,
        head + '00.000000001Z","bid":"3720.25","bid_size":"24","exchange":"1","seq":1170380,'
        '"dedupe_id":"1-1609160400000000001-1170380-0000"' + END,
    ]
    [trade] = read(tmp_path, data, kind="trade")
    assert trade.startswith(HEAD + '00.000000001Z","price":"3720.25","size":"5"')
    with pytest.raises(UsageError, match="has quotes and trades: choose --kind quote or"):
        read(tmp_path, data)
    with pytest.raises(UsageError, match="has trades, not quotes"):
        read(tmp_path, metadata(), kind="quote")


def test_samples_of_a_book_are_of_the_time_of_receipt(tmp_path: Path) -> None:
    book = (1_000_000_000, 2_000_000_000, 1, 2)
    sample = record(dbn.UNDEFINED_TIME, kind=dbn.SAMPLE, received=START, book=book, action=b"\0")
    assert read(tmp_path, metadata("bbo-1s") + sample) == [
        HEAD.replace("trade", "quote") + '00.000000000Z","bid":"1","bid_size":"1","ask":"2",'
        '"ask_size":"2","exchange":"1","seq":1170380,'
        '"dedupe_id":"1-1609160400000000000-1170380-0000","flags":["backfill","recv_time"]}'
    ]


def test_a_trade_without_a_time_has_that_of_receipt_and_one_without_a_price_is_counted(
    tmp_path: Path,
) -> None:
    file, left_out = tmp_path / "trades.dbn", Counter[str]()
    file.write_bytes(
        metadata() + record(dbn.UNDEFINED_TIME, received=START) + record(START, dbn.UNDEFINED_PRICE)
    )
    [made] = databento.read(str(file), FileOptions(), left_out)
    assert [message.decode() for _, message in made] == [
        HEAD + '00.000000000Z","price":"3720.25","size":"5","side":"sell","exchange":"1",'
        '"seq":1170380,"dedupe_id":"1-1609160400000000000-1170380-0000",'
        '"flags":["backfill","recv_time"]}'
    ]
    assert left_out == {str(file): 1}


def test_files_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    data = metadata() + record(START) * 50
    for frames in (packed(data, checksum=b"abcd"), packed(data[:900]) + packed(data[900:])):
        for length in {*range(1, 60), len(frames) // 2, len(frames) - 1, len(frames) - 70}:
            file = tmp_path / "cut.dbn.zst"
            file.write_bytes(frames[:length])
            with pytest.raises(UsageError, match=": is n"):
                databento.look_at([str(file)], FileOptions())
    with pytest.raises(UsageError, match="is not whole: a frame is followed by other bytes"):
        read(tmp_path, packed(data) + b"junk", "junk.dbn.zst")
    with pytest.raises(Failed, match="ends within a record: it is cut off"):
        read(tmp_path, data[:-1])


def test_the_end_of_a_frame_may_be_a_frames_end(tmp_path: Path) -> None:
    """A file cut off between two frames is whole by its form: nothing can tell."""
    data = packed(metadata() + record(START))
    assert len(read(tmp_path, data, "one.dbn.zst")) == 1


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 4) + b"\x07\x00\x00", "unknown kind"),
        (b"\x28\xb5\x2f\xfd\x00\x58\x21\x00\x00abc", "ends within a frame"),
        (b"\x50\x2a\x4d\x18\x09\x00\x00\x00abc", "ends within a frame"),
        (b"\x28\xb5\x2f\xfd\x23" + bytes(5) + b"\x03\x00\x00", "ends within a frame"),
    ],
)
def test_frames_that_are_none_are_named(tmp_path: Path, frame: bytes, message: str) -> None:
    file = tmp_path / "x.zst"
    file.write_bytes(frame)
    with file.open("rb") as stream, pytest.raises(CutOff, match=message):
        zstd_frames.check(stream)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"ts_recv,ts_event\n", "is no DBN file, packed with zstd or not; of CSV: stockpulse"),
        (b"", "is no DBN file"),
        (metadata("ohlcv-1m"), "its schema is ohlcv-1m; those that are read are trades, cmbp-1,"),
        (metadata("mbo"), "its schema is mbo"),
        (packed(record(START)), "cannot be read as DBN: decoding error: invalid DBN header"),
    ],
    ids=["csv", "empty", "bars", "orders", "a part"],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read(tmp_path, data)
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for a writer
    for name in ("-", str(tmp_path / "pipe")):
        with pytest.raises(UsageError, match="DBN cannot be read from a pipe: save it to a file"):
            databento.look_at([name], FileOptions())
    with pytest.raises(UsageError, match="is a directory"):
        databento.look_at([str(tmp_path)], FileOptions())
    with pytest.raises(UsageError, match="No such file"):
        databento.look_at([str(tmp_path / "none.dbn")], FileOptions())


def test_old_events_are_told_before_anything_is_published(tmp_path: Path) -> None:
    file = tmp_path / "trades.dbn"
    file.write_bytes(metadata() + record(START + 10**9) + record(START))
    limit = AgeLimit("2020-12-28T13:00:01.000000Z", "trades are kept for 90 days")
    options = FileOptions(limits={"trade": limit})
    assert databento.look_at([str(file)], options) == (
        f"{file} has an event of 2020-12-28T13:00:00Z, and trades are kept for 90 days"
    )
    found = databento.read(str(file), options, Counter())
    assert len(next(found)) == 1
    with pytest.raises(TooOld):
        next(found)


@pytest.mark.skipif(not REAL, reason="needs Databento's test files in STOCKPULSE_TEST_DBN")
@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize(
    ("schema", "kind", "count", "part"),
    [
        ("trades", None, 2, '"price":"3720.25","size":"5","side":"sell"'),
        ("tbbo", "trade", 2, '"price":"3720.25","size":"5","side":"sell"'),
        ("tbbo", "quote", 2, '"bid":"3720.25","bid_size":"26","ask":"3720.5","ask_size":"7"'),
        ("mbp-1", "quote", 2, '"bid":"3720.25","bid_size":"24","ask":"3720.5","ask_size":"11"'),
    ],
)
def test_real_files_of_every_version_are_read(
    schema: str, kind: Any, count: int, part: str, version: str
) -> None:
    file = str(Path(REAL) / f"test_data.{schema}.{version}.dbn.zst")
    options = FileOptions(kind=kind)
    assert databento.look_at([file], options) is None
    [made] = databento.read(file, options, Counter())
    assert len(made) == count
    assert made[0][0] == "ESH1"
    assert part in made[0][1].decode()


@pytest.mark.skipif(not REAL, reason="needs Databento's test files in STOCKPULSE_TEST_DBN")
def test_a_real_file_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = (Path(REAL) / "test_data.trades.v3.dbn.zst").read_bytes()
    file = tmp_path / "cut.dbn.zst"
    for length in range(4, len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(UsageError, match="is not whole: it ends within a frame"):
            databento.look_at([str(file)], FileOptions())
