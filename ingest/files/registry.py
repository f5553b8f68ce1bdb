"""The layouts that there are: those of every module of ingest/files/layouts."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache

from ingest.files import layouts
from ingest.files.layout import Layout


@cache
def known() -> dict[str, Layout]:
    """Returns all layouts by name, in the order of their names."""
    found = [
        layout
        for module in pkgutil.iter_modules(layouts.__path__)
        for layout in importlib.import_module(f"{layouts.__name__}.{module.name}").LAYOUTS
    ]
    return {layout.name: layout for layout in sorted(found, key=lambda layout: layout.name)}


def header_of(
    layout: Layout, cells: Sequence[str], *, may_have_more: bool = False
) -> tuple[str, ...] | None:
    """Returns the header of a layout that these cells are, whatever their case, if any.

    With `may_have_more` there may be further cells behind it. Of a name in two languages,
    `price/...`, the first counts.
    """
    names = _names(cells)
    for header in sorted(layout.headers, key=len, reverse=True):
        if names == _names(header) or (may_have_more and names[: len(header)] == _names(header)):
            return header
    return None


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.partition("/")[0].strip().lower() for cell in cells]
