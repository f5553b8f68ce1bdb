"""A file that is one JSON list, taken apart item by item: none but the present one is in memory."""

import codecs
import json
from collections.abc import Iterator
from io import BufferedReader
from typing import BinaryIO

PART_BYTES = 1 << 18
BLANKS = " \t\r\n"

_scan = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str).raw_decode


def is_list(stream: BufferedReader) -> bool:
    """Returns whether a file is one list; lines that are each a list are none."""
    head = stream.peek()
    begun = head.lstrip()
    if not begun.startswith(b"["):
        return False
    first, _, rest = begun.partition(b"\n" if b"\n" in begun else b"\r")
    try:
        json.loads(first)
    except ValueError:
        return True  # it goes on behind its first line
    except RecursionError:
        return False
    return not rest.strip()


def items(stream: BinaryIO, longest: int, failures: list[str]) -> Iterator[bytes]:
    """Yields each item as it is; adds to `failures` why the rest of the list is left out."""
    text = _Text(stream)
    number = 0
    while text.next_character() == "[":  # a list, or the next one behind it
        text.skip()
        if text.next_character() == "]":
            text.skip()
            continue
        mark = ","
        while mark == ",":
            number += 1
            item = text.item(longest)
            if item is None:
                failures.append(
                    f"item {number} of the list is no JSON of at most {longest} bytes;"
                    " it and what is behind it are left out"
                )
                return
            yield item
            mark = text.next_character()
            text.skip()
        if mark != "]":
            failures.append(f"behind item {number} of the list is {mark!r}, no comma and no end")
            return
    if text.next_character():
        failures.append("there is more behind the list, which is left out")


class _Text:
    """The text of a stream from the present place on, read in parts."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text, self._at = "", 0
        self._is_more = True

    def next_character(self) -> str:
        """Returns the next character that is no blank, "" at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in BLANKS:
                self._at += 1
            if self._at < len(self._text) or not self._is_more:
                return self._text[self._at : self._at + 1]
            self._read()

    def skip(self) -> None:
        """Goes on behind one character."""
        self._at += 1

    def item(self, longest: int) -> bytes | None:
        """Returns the JSON value that comes next, None if it is none or too long."""
        self.next_character()
        while (end := self._end_of_value()) is None:
            if not self._is_more or len(self._text) - self._at > longest:
                return None
            self._read()
        value = self._text[self._at : end].encode("utf-8", "surrogateescape")
        self._at = end
        return value if len(value) <= longest else None

    def _end_of_value(self) -> int | None:
        try:
            end = _scan(self._text, self._at)[1]
        except (ValueError, RecursionError):
            return None
        return None if end == len(self._text) and self._is_more else end  # 12 may become 123

    def _read(self) -> None:
        part = self._stream.read(PART_BYTES)
        self._is_more = bool(part)
        self._text = self._text[self._at :] + self._decode(part, not part)
        self._at = 0
