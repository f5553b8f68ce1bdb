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


def header_of(layout: Layout, cells: Sequence[str]) -> tuple[str, ...] | None:
    """Returns the header of a layout that these cells are, whatever their case, if any.

    Of a name in two languages, `price/...`, the first counts.
    """
    names = _names(cells)
    return next((header for header in layout.headers if names == _names(header)), None)


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.partition("/")[0].strip().lower() for cell in cells]
