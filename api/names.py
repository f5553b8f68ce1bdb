"""Names of symbols and sources: what the OpenAPI document allows, which is what is accepted.

A name has no control characters; any other may be one that is stored.
"""

import re
from collections.abc import Iterable

from litestar.openapi.spec import OpenAPIType, Schema

from api.errors import InvalidParameter

SYMBOL_LENGTH = 128  # characters, as in market.instruments
SOURCE_LENGTH = 64  # characters, as in market.sources
SYMBOLS_AT_ONCE = 100

_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_CONTROL = re.compile(f"[{_CONTROLS}]")

SYMBOL_PATTERN = f"^[^{_CONTROLS}]{{1,{SYMBOL_LENGTH}}}$"
SOURCE_PATTERN = f"^[^{_CONTROLS}]{{1,{SOURCE_LENGTH}}}$"
# In a path no slash, and not the names of directories, which clients take away.
SEGMENT_PATTERN = f"^(?!\\.{{1,2}}$)[^/{_CONTROLS}]{{1,{SYMBOL_LENGTH}}}$"
_PART = f"[^,{_CONTROLS}]*[^ ,{_CONTROLS}][^,{_CONTROLS}]*"
SYMBOLS_PATTERN = (
    f"^(?!(?:.*,)?[^,]{{{SYMBOL_LENGTH + 1}}}){_PART}(?:,{_PART}){{0,{SYMBOLS_AT_ONCE - 1}}}$"
)
LIST_OF_SYMBOLS = {
    "min_items": 1,
    "max_items": SYMBOLS_AT_ONCE,
    "items": Schema(type=OpenAPIType.STRING, pattern=SYMBOLS_PATTERN),
}


def parse_symbol(field: str, text: str) -> str:
    """Returns the name of a symbol; raises InvalidParameter."""
    return _parse_name(field, text, SYMBOL_LENGTH)


def parse_source(text: str | None) -> str | None:
    """Returns the name of a source, which is in lower case; raises InvalidParameter."""
    return None if text is None else _parse_name("source", text, SOURCE_LENGTH).lower()


def possible_whole_names(texts: Iterable[str]) -> list[str]:
    """Returns the texts with commas that could each be one name."""
    return [
        text
        for text in texts
        if "," in text and len(text) <= SYMBOL_LENGTH and not _CONTROL.search(text)
    ]


def _parse_name(field: str, text: str, most: int) -> str:
    if not 1 <= len(text) <= most:
        raise InvalidParameter(field, f"must have 1 to {most} characters")
    if _CONTROL.search(text):
        raise InvalidParameter(field, "must not have control characters")
    return text
