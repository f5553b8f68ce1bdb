"""Reads frames of JSON: what is good of a frame that holds something bad is not lost."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from ingest.feed.source import BadFrame


def good_items(
    items: msgspec.Raw | bytes, decoder: msgspec.json.Decoder[Any]
) -> tuple[list[Any], str]:
    """Returns those items of a JSON array that can be decoded, and what is wrong with the last bad.

    Raises BadFrame if it is no array.
    """
    good, fault = [], ""
    try:
        raw = msgspec.json.decode(items, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise BadFrame(str(error)) from None
    for item in raw:
        try:
            good.append(decoder.decode(item))
        except msgspec.DecodeError as error:
            fault = str(error)
    return good, fault


def time_of(text: str) -> datetime:
    """Returns an RFC 3339 time, cut to microseconds; raises BadFrame."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise BadFrame(f"{text!r} is no time") from None
