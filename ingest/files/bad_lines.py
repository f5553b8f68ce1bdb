"""Lines that cannot be read: the first one ends the run, or each goes to a file with its reason."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from db.errors import UsageError

MOST_IN_A_ROW = 1000  # more are a wrong layout, or one row with a time in the future
REMARK = "# "  # begins the lines of such a file that are none of the input


class Stopped(Exception):
    """A line cannot be read, and ends the run; the text says which and why."""


class BadLines:
    """Takes lines that cannot be read: to the file `path`, or raising Stopped without one."""

    def __init__(self, path: str | None = None) -> None:
        self.count = 0
        self.path = path
        self._file: TextIO | None = None
        self._header = ""
        self._last, self._in_a_row = ("", 0), 0

    def __enter__(self) -> Self:
        if self.path is not None:
            try:
                self._file = Path(self.path).open("x", encoding="utf-8", errors="surrogateescape")
            except FileExistsError:
                raise UsageError(
                    f"--on-error {self.path}: the file is there already; name a new one"
                ) from None
            except OSError as error:
                raise UsageError(f"--on-error {self.path}: {error.strerror}") from error
        return self

    def __exit__(
        self, _kind: object, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            with suppress(OSError):  # of a full disk, which add() has told
                self._file.close()
            if not self.count:
                Path(self._file.name).unlink()

    def add(self, name: str, number: int, line: str, reason: str, header: str = "") -> None:
        """Takes a line of a file; writes the file's header above the first of its lines.

        Raises Stopped.
        """
        self.count += 1
        where = f"{name}:{number}: {reason}"
        if self._file is None:
            raise Stopped(f"{where}; what is before it is published; to go on: --on-error FILE")
        self._in_a_row = self._in_a_row + 1 if self._last == (name, number - 1) else 1
        self._last = (name, number)
        if self._in_a_row > MOST_IN_A_ROW:
            raise Stopped(f"{where}; {MOST_IN_A_ROW} lines before it are wrong too")
        try:
            if header != self._header:
                self._header = header
                print(header, file=self._file)
            print(f"{REMARK}{where}\n{line}", file=self._file, flush=True)
        except OSError as error:
            raise Stopped(
                f"--on-error {self.path}: {error.strerror}; stopped at {where}; what is before it"
                " is published"
            ) from error
