"""Where commands print: a terminal's width in a terminal, whole lines into a pipe or a file."""

import sys

from rich.console import Console

PIPE_WIDTH = 1_000  # characters; tables take what they need of it


def console() -> Console:
    """Returns a console that prints texts as they are."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(soft_wrap=True, markup=False, highlight=False, width=width)
