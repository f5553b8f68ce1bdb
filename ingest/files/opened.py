"""Opens files whatever they are packed in: plain, gzip whatever its name, zip, standard input.

What is no text in UTF-8 is refused by name, before anything of it is read.
"""

import gzip
import io
import logging
import lzma
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from db.errors import UsageError
from ingest.kafka.producer import Advance

logger = logging.getLogger(__name__)

STDIN = "-"
BUFFER_BYTES = 1 << 18
HEAD_BYTES = 1 << 16
GZIP, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
BOM = b"\xef\xbb\xbf"
# By the first bytes: what a file is that is no text, and what to do about it.
REFUSED = (
    (b"\xff\xfe\x00\x00", "is UTF-32: save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "is UTF-32: save it as UTF-8"),
    (b"\xff\xfe", "is UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16: save it as UTF-8"),
    (b"PAR1", "is a Parquet file: publish it with stockpulse publish parquet"),
    (b"Obj\x01", "is an Avro file: export it as CSV or as lines of JSON"),
    (b"ARROW1", "is an Arrow file: export it as CSV"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it first, with zstd -d"),
    (b"BZh", "is compressed with bzip2: unpack it first, with bunzip2"),
    (b"\xfd7zXZ", "is compressed with xz: unpack it first, with unxz"),
    (b"7z\xbc\xaf", "is a 7z archive: unpack it first"),
    (b"Rar!", "is a RAR archive: unpack it first"),
    (b"DBN", "is Databento's DBN: publish it with stockpulse publish databento"),
    (b"SQLite format 3", "is an SQLite database: export it as CSV"),
    (b"\x89HDF", "is an HDF5 file: export it as CSV"),
    (b"%PDF", "is a PDF"),
    (b"<!DOCTYPE", "is a web page: the vendor wanted a login, or had no such file"),
    (b"<!doctype", "is a web page: the vendor wanted a login, or had no such file"),
    (b"<html", "is a web page: the vendor wanted a login, or had no such file"),
    (b"version https://git-lfs", "is a pointer of Git LFS: get the file with git lfs pull"),
)
PACKED = {GZIP: "packed twice, with gzip: unpack it once", ZIP: "a zip archive in another archive"}
WORKBOOK = "[Content_Types].xml"  # a member of every workbook of Excel
# Control characters that no text has.
CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r\x1a\x1b"})


class Opened(NamedTuple):
    """A file, or a member of a zip archive: its name as people see it, and its bytes unpacked."""

    name: str
    stream: io.BufferedReader  # behind a byte order mark


def members(file: str, advance: Advance = lambda _bytes: None) -> Iterator[Opened]:
    """Yields a file, or each file of a zip archive; each can be read until the next is asked for.

    `advance` is called with the number of bytes read since its last call, packed as they are.
    Raises UsageError, also while the file is read, if it is broken or no text.
    """
    raw = _raw(file)
    if can_be_read_twice(file):
        head = raw.read(len(ZIP))
        raw.seek(0)
        if head in (ZIP, EMPTY_ZIP):
            raw.close()
            yield from _of_zip(file, advance)
            return
    with _Counted(raw, advance, file) as counted:
        packed = _buffered(counted, file)
        head = packed.peek()
        if head.startswith((ZIP, EMPTY_ZIP)):
            raise UsageError(f"{file}: a zip archive cannot be read from a pipe: save it to a file")
        if head.startswith(GZIP):
            packed = _buffered(gzip.GzipFile(fileobj=packed), file)
        yield Opened(file, _text(packed, file))


def size(file: str) -> int | None:
    """Returns the bytes that members() will read, None if that is not known."""
    return Path(file).stat().st_size if can_be_read_twice(file) else None


def can_be_read_twice(file: str) -> bool:
    """Returns whether a file is one, and neither a pipe nor standard input."""
    return file != STDIN and stat.S_ISREG(_mode(file))


def check(file: str) -> None:
    """Raises UsageError for a file that cannot be opened; a pipe is not opened for that."""
    mode = _mode(file)
    if file != STDIN and (not mode or stat.S_ISDIR(mode)):
        _raw(file).close()


def _mode(file: str) -> int:
    try:
        return Path(file).stat().st_mode
    except OSError:  # it is named when the file is opened
        return 0


def with_newlines(stream: io.BufferedReader) -> io.BufferedReader:
    """Returns a stream whose lines end in a newline, also if they end in CR alone."""
    head = stream.peek()
    return io.BufferedReader(_Newlines(stream)) if b"\r" in head and b"\n" not in head else stream


def _raw(file: str) -> BinaryIO:
    if file == STDIN:
        return sys.stdin.buffer
    if stat.S_ISDIR(_mode(file)):
        raise UsageError(f"{file}: is a directory: name the files in it")
    try:
        return cast(BinaryIO, Path(file).open("rb", buffering=0))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _of_zip(file: str, advance: Advance) -> Iterator[Opened]:
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise UsageError(f"{file}: not a whole zip archive ({error})") from error
    with archive:
        if WORKBOOK in archive.namelist():
            raise UsageError(f"{file}: is a workbook of Excel: export it as CSV")
        for info in _chosen(file, archive.infolist()):
            name = f"{file}/{info.filename}"
            try:
                member = archive.open(info)
            except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
                raise UsageError(f"{name}: cannot be unpacked ({error})") from error
            sizes = info.compress_size, max(1, info.file_size)
            with _Counted(member, advance, name, sizes) as counted:
                yield Opened(name, _text(_buffered(counted, name), name))


def _chosen(file: str, infos: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Returns the files of an archive: those named .csv if there are any, else all."""
    files = [
        info for info in infos if not info.is_dir() and not info.filename.startswith("__MACOSX/")
    ]
    tables = [info for info in files if info.filename.lower().endswith(".csv")]
    if tables and len(tables) < len(files):
        others = ", ".join(info.filename for info in files if info not in tables)
        logger.warning("only files named .csv are read", extra={"file": file, "others": others})
    return tables or files


def _buffered(stream: Any, name: str) -> io.BufferedReader:
    return io.BufferedReader(_Named(stream, name), BUFFER_BYTES)


def _text(stream: io.BufferedReader, name: str) -> io.BufferedReader:
    """Returns a stream behind its byte order mark; raises UsageError for what is no text."""
    head = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
    for magic, why in (*REFUSED, *PACKED.items()):
        if head.startswith(magic):
            raise UsageError(f"{name}: {why}")
    if b"\x00" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        is_wide = max(even, odd) > len(head) // 4
        raise UsageError(f"{name}: is {'UTF-16: save it as UTF-8' if is_wide else 'binary'}")
    if len(head.translate(None, CONTROLS)) < len(head):
        raise UsageError(f"{name}: is binary")
    if head.startswith(BOM):
        stream.read(len(BOM))
    return stream


class _Counted(io.RawIOBase):
    """Counts what is read of a stream, in packed bytes; closes it, but for standard input.

    `sizes` are the packed bytes of so many unpacked ones.
    """

    def __init__(
        self, stream: Any, advance: Advance, name: str, sizes: tuple[int, int] = (1, 1)
    ) -> None:
        super().__init__()
        # Of a pipe readinto1() gives what there is, readinto() waits for all that was asked for.
        self._read: Callable[[Any], int | None] = getattr(stream, "readinto1", stream.readinto)
        self._stream, self._advance, self._name, self._sizes = stream, advance, name, sizes
        self._bytes, self._told = 0, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count = self._read(buffer)
        self._bytes += count or 0
        told = self._bytes * self._sizes[0] // self._sizes[1]
        self._advance(told - self._told)
        self._told = told
        return count

    def close(self) -> None:
        if not self.closed and self._name != STDIN:
            self._stream.close()
        super().close()


class _Named(io.RawIOBase):
    """Raises UsageError with the file's name for what goes wrong when it is read."""

    def __init__(self, stream: Any, name: str) -> None:
        super().__init__()
        self._stream, self._name = stream, name
        self._read: Callable[[Any], int | None] = getattr(stream, "readinto1", stream.readinto)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        try:
            return self._read(buffer)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            kind = "zip archive" if isinstance(self._stream, _Counted) else "gzip file"
            raise UsageError(f"{self._name}: not a whole {kind} ({error})") from error
        except (zipfile.BadZipFile, lzma.LZMAError, RuntimeError) as error:
            raise UsageError(f"{self._name}: not a whole zip archive ({error})") from error
        except OSError as error:
            raise UsageError(f"{self._name}: {error.strerror or error}") from error


class _Newlines(io.RawIOBase):
    """Reads each CR as a newline."""

    def __init__(self, stream: io.BufferedReader) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._stream.read1(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(part)] = part
        return len(part)
