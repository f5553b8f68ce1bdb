"""Progress on standard error: a bar in a terminal, else a line every few seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_SECONDS = 5.0

Advance = Callable[[int], None]


@contextmanager
def show_progress(name: str, total: int | None, unit: str) -> Iterator[Advance]:
    """Shows the progress of `name`; call the value with the number of units just completed.

    `total` is None if it is unknown.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(name, total, unit)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(name, total=total)
        yield lambda done: progress.advance(task, done)


def no_progress(_name: str, _total: int | None, _unit: str) -> AbstractContextManager[Advance]:
    """Shows nothing."""
    return nullcontext(lambda _done: None)


def _lines(name: str, total: int | None, unit: str) -> Advance:
    done = 0
    next_line = time.monotonic() + LINE_SECONDS

    def advance(more: int) -> None:
        nonlocal done, next_line
        done += more
        if time.monotonic() >= next_line:
            of_total = "" if total is None else f" of {total}"
            click.echo(f"{name}: {done}{of_total} {unit}", err=True)
            next_line = time.monotonic() + LINE_SECONDS

    return advance
