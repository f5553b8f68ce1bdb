"""Texts of venues as one short line, for logs and markers: a venue may send anything."""

import msgspec

LONGEST = 200  # characters; loaders refuse a marker with what cannot be printed


class _Refusal(msgspec.Struct):
    message: str = ""
    errorMessage: str = ""  # noqa: N815


def line(text: str) -> str:
    """Returns a text in which blanks stand for what cannot be printed, cut to LONGEST."""
    return "".join(one if one.isprintable() else " " for one in text[:LONGEST])


def said(body: bytes) -> str:
    """Returns the reason in an answer of JSON, empty if there is none."""
    try:
        found = msgspec.json.decode(body, type=_Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return line(found.message or found.errorMessage)
