"""`stockpulse load`: the loader, until it is told to stop."""

import gc
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from db.errors import StockpulseError
from db.settings import Settings
from ingest.loader import metrics
from ingest.loader import run as loader

SWITCH_SECONDS = 0.0005
COLLECT_AFTER = 1_000_000  # objects; a batch makes no cycles


@click.command()
@click.option("--until-end", is_flag=True, help="Stop once all that is in the topics is stored.")
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after so many seconds.")
@click.pass_obj
def load(settings: Settings, *, until_end: bool, seconds: float | None) -> None:
    """Store the ticks of the topics, each exactly once."""
    tune()
    with stopping() as stop, metrics.served(settings) as observe:
        loaded = loader.load(settings, stop, until_end=until_end, seconds=seconds, observe=observe)
    click.echo(
        f"{loaded.rows} ticks stored, {loaded.duplicates} known already, "
        f"{loaded.rejects} messages rejected"
    )
    if until_end and not loaded.complete:
        raise StockpulseError("stopped before the end of the topics; the next load goes on there")


def tune() -> None:
    """Lets the thread that stores have its turn at once, and spares the garbage collector.

    Python hands the interpreter over every 5 ms; COPY asks for it after each buffer it has sent.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


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
