"""Opening files: what they are packed in, how far they are read, and what is refused."""

import gzip
import io
import os
import sys
import threading
import zipfile

import pytest

from db.errors import UsageError
from ingest.files import opened

TEXT = b"id,price\n1,64012.10\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "trades.csv"


def contents(file, advance=lambda _bytes: None):
    return {
        one.name.removeprefix(str(file)): one.stream.read()
        for one in opened.members(str(file), advance)
    }


def zipped(file, **members):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT, id="plain"),
        pytest.param(b"\xef\xbb\xbf" + TEXT, id="byte-order-mark"),
        pytest.param(gzip.compress(TEXT), id="gzip-of-another-name"),
        pytest.param(gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]), id="two-parts-of-gzip"),
        pytest.param(gzip.compress(b"\xef\xbb\xbf" + TEXT), id="byte-order-mark-within-gzip"),
    ],
)
def test_a_file_is_read_whatever_it_is_packed_in(file, data):
    file.write_bytes(data)
    read = []
    assert contents(file, read.append) == {"": TEXT}
    assert sum(read) == len(data) == opened.size(str(file))


def test_every_file_of_an_archive_is_read_but_what_macos_adds(file):
    zipped(file, a_csv=TEXT, b_csv=b"\xef\xbb\xbf2\n")
    with zipfile.ZipFile(file, "a") as archive:
        archive.mkdir("more")
        archive.writestr("more/c.csv", "3\n")
        archive.writestr("__MACOSX/._c.csv", "\0\5")
    assert contents(file) == {"/a.csv": TEXT, "/b.csv": b"2\n", "/more/c.csv": b"3\n"}


def test_progress_over_an_archive_counts_what_its_files_have_packed(file):
    zipped(file, a_csv=TEXT * 999, b_csv=TEXT)
    with zipfile.ZipFile(file) as archive:
        packed = sum(info.compress_size for info in archive.infolist())
    read = []
    contents(file, read.append)
    assert sum(read) == packed


def test_an_empty_file_and_an_empty_archive_are_read(file):
    file.write_bytes(b"")
    assert contents(file) == {"": b""}
    zipped(file)
    assert contents(file) == {}


@pytest.mark.parametrize(
    "data, why",
    [
        pytest.param("a,b\n".encode("utf-16"), "is UTF-16: save it as UTF-8", id="utf-16"),
        pytest.param("a,b\n".encode("utf-16-be"), "is UTF-16: save it", id="utf-16-without-mark"),
        pytest.param("a,b\n".encode("utf-32"), "is UTF-32: save it as UTF-8", id="utf-32"),
        pytest.param(b"PAR1\x15\x04", "is a Parquet file", id="parquet"),
        pytest.param(b"Obj\x01\x04", "is an Avro file", id="avro"),
        pytest.param(b"\x28\xb5\x2f\xfd\x04", "is compressed with zstd", id="zstd"),
        pytest.param(b"DBN\x01\x04", "with stockpulse publish databento", id="dbn"),
        pytest.param(b"<!DOCTYPE html>\n", "is a web page: the vendor wanted", id="web-page"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull", id="lfs"),
        pytest.param(b"a,b\n\x001,2\n", "is binary", id="nul"),
        pytest.param(b"a\x01\x02\n", "is binary", id="control-characters"),
        pytest.param(gzip.compress(gzip.compress(TEXT)), "packed twice", id="gzip-twice"),
        pytest.param(gzip.compress(b"PAR1\x15\x04"), "is a Parquet file", id="parquet-in-gzip"),
    ],
)
def test_what_is_no_text_of_a_vendor_is_refused_by_name(file, data, why):
    file.write_bytes(data)
    with pytest.raises(UsageError, match=f"trades.csv: .*{why}"):
        contents(file)


def test_a_workbook_and_a_packed_file_in_an_archive_are_refused(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    with pytest.raises(UsageError, match="is a workbook of Excel: export it as CSV"):
        contents(file)
    zipped(file, a_gz=gzip.compress(TEXT))
    with pytest.raises(UsageError, match=r"trades\.csv/a\.gz: packed twice"):
        contents(file)


@pytest.mark.parametrize("cut", [9, 1, 30])
def test_a_file_of_gzip_that_is_cut_off_is_an_error_behind_what_can_be_read(file, cut):
    file.write_bytes(gzip.compress(os.urandom(3000).hex().encode())[:-cut])
    opening = opened.members(str(file))
    one = next(opening)
    with pytest.raises(UsageError, match=r"trades\.csv: not a whole gzip file"):
        one.stream.read()


def test_an_archive_that_is_cut_off_or_damaged_is_an_error(file):
    zipped(file, a_csv=TEXT)
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    with pytest.raises(UsageError, match=r"trades\.csv: not a whole zip archive"):
        contents(file)
    at = whole.index(b"a.csv") + len(b"a.csv")
    file.write_bytes(whole[: at + 4] + bytes([whole[at + 4] ^ 0xFF]) + whole[at + 5 :])
    with pytest.raises(UsageError, match=r"trades\.csv/a\.csv: not a whole"):
        contents(file)


@pytest.mark.parametrize("data", [TEXT, gzip.compress(TEXT)], ids=["plain", "gzip"])
def test_standard_input_is_sniffed_too(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert contents("-") == {"": TEXT}
    assert opened.size("-") is None


def test_an_archive_from_a_pipe_is_refused(monkeypatch, file):
    zipped(file, a_csv=TEXT)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    with pytest.raises(UsageError, match="cannot be read from a pipe: save it to a file"):
        contents("-")


def test_lines_of_a_pipe_are_read_as_they_come():
    ours, theirs = os.pipe()
    with open(theirs, "wb", buffering=0) as pipe:  # noqa: PTH123
        threading.Thread(target=pipe.write, args=(b"first\n",)).run()
        opening = opened.members(f"/dev/fd/{ours}")
        assert next(opening).stream.readline() == b"first\n"


@pytest.mark.parametrize(
    "data, lines",
    [
        (b"a\rb\r", [b"a\n", b"b\n"]),
        (b"a\r\nb\r\n", [b"a\r\n", b"b\r\n"]),
        (b"a\nb", [b"a\n", b"b"]),
    ],
    ids=["cr", "crlf", "lf"],
)
def test_lines_that_end_in_cr_alone_are_lines(file, data, lines):
    file.write_bytes(data)
    for one in opened.members(str(file)):
        assert list(opened.with_newlines(one.stream)) == lines


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.csv: No such file"):
        contents(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="is a directory: name the files in it"):
        contents(tmp_path)
    with pytest.raises(UsageError, match="File name too long"):
        contents(tmp_path / ("x" * 300))
