"""A file that appears whole or not at all: written beside its name, renamed at the end."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from db.errors import UsageError

STDOUT = "-"


@contextmanager
def new_file(name: str, *, force: bool) -> Iterator[BinaryIO]:
    """Gives a stream to the file `name`, `-` for standard output.

    The file is there once the block has ended without an error; `force` replaces one that is there
    already. A pipe or a device is written to as it is. Raises UsageError.
    """
    path = Path(name)
    try:
        if name == STDOUT:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as stream:
                yield stream
        else:
            yield from _beside(path, force=force)
    except BrokenPipeError as error:
        if name == STDOUT:  # else Python's own flush at its end would fail too
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise UsageError(f"{_shown(name)}: its reader has closed it") from error
    except OSError as error:
        raise UsageError(f"{_shown(name)}: {error.strerror or error}") from error


def check(name: str, *, force: bool) -> None:
    """Raises UsageError if new_file() would not write a file of this name."""
    path = Path(name)
    if name == STDOUT:
        return
    if path.is_dir():
        raise UsageError(f"{name}: is a directory: name a file in it")
    if path.is_file() and not force:
        raise UsageError(f"{name}: is there already; to replace it: --force")
    if not path.parent.is_dir():
        raise UsageError(f"{name}: there is no directory {path.parent}")


def _beside(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    check(str(path), force=force)
    final = path.resolve()  # of a link, the file that it leads to
    part = final.with_name(f".{final.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if force:
            part.replace(final)
        else:
            _link(part, final)
    finally:
        part.unlink(missing_ok=True)


def _link(part: Path, final: Path) -> None:
    """Gives a file its name; raises UsageError if another has it by now."""
    try:
        final.hardlink_to(part)
    except FileExistsError:
        raise UsageError(f"{final}: is there by now; to replace it: --force") from None
    except OSError:  # the file system has no links
        check(str(final), force=False)
        part.replace(final)


def _shown(name: str) -> str:
    return "standard output" if name == STDOUT else name
