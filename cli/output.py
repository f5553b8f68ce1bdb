"""Tables on standard output: as wide as the terminal, or with whole lines in a pipe or a file."""

import sys

from rich.console import Console

PIPE_WIDTH = 1_000  # characters; tables are only as wide as they need


def console() -> Console:
    """Returns a console that prints texts without markup or highlighting."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(soft_wrap=True, markup=False, highlight=False, width=width)


def size_text(size: float) -> str:
    """Returns bytes in the unit that suits them: 12 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 10_000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
