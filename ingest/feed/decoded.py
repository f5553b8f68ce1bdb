"""Reads frames through the loader's own formats: exactly, and with every check that it makes."""

from collections.abc import Callable
from typing import Any

from ingest.feed.source import BadFrame
from ingest.formats import payload
from ingest.formats.events import Event, Ignored, Quote, Trade
from ingest.formats.fields import Malformed, Payload, shown
from ingest.formats.message import Format


def json_of(frame: bytes) -> Any:
    """Returns the value of a frame of JSON, numbers exactly; raises BadFrame."""
    try:
        return payload.read(frame or b" ")
    except (Malformed, RecursionError) as error:
        raise BadFrame(str(error)) from None


def object_of(frame: bytes) -> Payload:
    """Returns the object that a frame is; raises BadFrame."""
    found = json_of(frame)
    if not isinstance(found, dict):
        raise BadFrame(f"it is {_shown(found)}, not a JSON object")
    return found


def events_of(
    format_: Format, items: list[Any], within: Callable[[list[Any]], Payload]
) -> tuple[list[Event], str]:
    """Returns the events of a frame's items, and what is wrong with the last bad one.

    `within` puts items into a frame: what is good of one is read together, as it came.
    """
    try:
        return _decode(format_, within(items)), ""
    except (Malformed, RecursionError) as error:
        fault = str(error)
    good = []
    for item in items:
        try:
            _decode(format_, within([item]))
        except (Malformed, RecursionError) as error:
            fault = str(error)
        else:
            good.append(item)
    return _decode(format_, within(good)) if good else [], fault


def _decode(format_: Format, frame: Payload) -> list[Event]:
    if not format_.recognises(frame):
        raise Malformed("unknown format", f"an item is not as documented: {_shown(frame)}")
    found = format_.decode(frame, None)
    if isinstance(found, Ignored):
        return []
    return [one for one in found if isinstance(one, Trade | Quote)]


def _shown(value: object) -> str:
    """Returns a value as a short text, also if it has too many levels to be shown."""
    try:
        return shown(value)
    except RecursionError:
        return "nested too deep"
