"""Texts of venues as one short line, for logs and markers: a venue may send anything."""

LONGEST = 200  # characters; loaders refuse a marker with what cannot be printed


def line(text: str) -> str:
    """Returns a text in which blanks stand for what cannot be printed, cut to LONGEST."""
    return "".join(one if one.isprintable() else " " for one in text[:LONGEST])
