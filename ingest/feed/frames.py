"""Reads frames of JSON: what is good of a frame that holds something bad is not lost."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from ingest.feed.source import BadFrame
from ingest.formats import fields
from ingest.formats.fields import Malformed
from ingest.formats.times import EPOCH, MICROSECOND, TIME_LENGTH

LAST_YEAR = 2070  # times of later ones may be beyond the loaders' limit
# of bytes that are no JSON in UTF-8, not of the type, or too deep; nothing else ends a decoder
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def good_items(
    items: msgspec.Raw | bytes, decoder: msgspec.json.Decoder[Any]
) -> tuple[list[Any], str]:
    """Returns those items of a JSON array that can be decoded, and what is wrong with the last bad.

    Raises BadFrame if it is no array.
    """
    good, fault = [], ""
    try:
        raw = msgspec.json.decode(items, type=list[msgspec.Raw])
    except UNREADABLE as error:
        raise BadFrame(str(error)) from None
    for item in raw:
        try:
            good.append(decoder.decode(item))
        except UNREADABLE as error:
            fault = str(error)
    return good, fault


def time_of(text: str) -> datetime:
    """Returns a time as loaders read it, cut to microseconds; raises BadFrame."""
    # nearly all are; a week, which the library reads too, has no digit here
    if len(text) == TIME_LENGTH and text[:2] == "20" and text[5:7].isdigit() and text[-1] == "Z":
        with suppress(ValueError):
            found = datetime.fromisoformat(text)
            if found.year < LAST_YEAR:
                return found
    try:
        return EPOCH + fields.time({"time": text}, "time").us * MICROSECOND
    except Malformed as error:
        raise BadFrame(str(error)) from None
