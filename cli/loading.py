"""`stockpulse load`: the loader, until it is told to stop."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from db.settings import Settings
from ingest import load as loader
from ingest import metrics


@click.command()
@click.option("--until-end", is_flag=True, help="Stop once all that is in the topics is stored.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after so many seconds.")
@click.pass_obj
def load(settings: Settings, *, until_end: bool, seconds: float | None) -> None:
    """Store the ticks of the topics, each exactly once."""
    with stopping() as stop, metrics.served(settings) as observe:
        loaded = loader.load(settings, stop, until_end=until_end, seconds=seconds, observe=observe)
    click.echo(
        f"{loaded.rows} ticks stored, {loaded.duplicates} known already, "
        f"{loaded.rejects} messages rejected"
    )


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Gives an event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()
    previous = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
