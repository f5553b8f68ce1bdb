"""`stockpulse load`: the loader."""

import gc
import sys

import click

from cli.health import ask
from cli.settings import Settings
from cli.stopping import stopping
from db.errors import StockpulseError
from ingest.loader import metrics
from ingest.loader import run as loader

SWITCH_SECONDS = 0.0005
COLLECT_AFTER = 1_000_000  # objects; a batch makes no cycles


@click.command()
@click.option(
    "--until-end",
    is_flag=True,
    help="Stop once all messages that were in the topics at the start are stored and visible in"
    " the candles of every level.",
)
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after this many seconds.")
@click.option(
    "--health",
    is_flag=True,
    help="Ask the loader that runs on this machine how it is: exit code 0, or 1 with the reason.",
)
@click.pass_obj
def load(settings: Settings, *, until_end: bool, seconds: float | None, health: bool) -> None:
    """Store ticks from Kafka in the database, each exactly once.

    Runs until SIGTERM or Ctrl-C. Loaders that run at the same time share the partitions.
    """
    if health:
        ask(settings.loader.metrics_host, settings.loader.metrics_port, "STOCKPULSE_METRICS_PORT")
        return
    run(settings, until_end=until_end, seconds=seconds)


def run(settings: Settings, *, until_end: bool, seconds: float | None) -> None:
    """Runs the loader and prints what it has stored; raises StockpulseError if it stops early."""
    tune()
    with stopping() as stop, metrics.served(settings.loader) as served:
        loaded = loader.load(
            settings.loader,
            stop,
            until_end=until_end,
            seconds=seconds,
            observe=served.observe,
            progress=served.progress,
        )
    bars = f", {loaded.bars} bars of vendors" if loaded.bars else ""
    click.echo(
        f"{loaded.trades} trades and {loaded.quotes} quotes{bars} stored; messages: "
        f"{loaded.duplicates} duplicates, {loaded.amended} amended, {loaded.rejected} rejected, "
        f"{loaded.ignored} ignored"
    )
    for sentence, messages in loaded.too_late.items():
        click.echo(f"{messages} rejected as too late: {sentence}")
    if until_end and not loaded.complete:
        raise StockpulseError("stopped before the end of the topics; the next load continues there")
    if until_end and not loaded.visible:
        raise StockpulseError("stopped before all candles were stored; they follow by themselves")


def tune() -> None:
    """Makes this process switch threads often and collect garbage rarely.

    Python switches threads every 5 ms by default, and COPY needs the interpreter after each buffer
    that it has sent.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
