"""`stockpulse export`: trades, quotes and candles as Parquet, Arrow or CSV."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from cli.export_rows import (
    DISPLAY,
    EVENTS,
    Asked,
    check_decimals,
    check_stored,
    parts_of,
    rows,
    table_of,
)
from cli.new_file import STDOUT, check, new_file
from cli.progress import show_progress
from cli.settings import Settings
from cli.times import parse_time
from db import reading
from db.connect import translated
from db.errors import UsageError
from db.reading import Connection
from db.tables.blocks import written
from db.tables.formats import ARROW, CSV, PARQUET, Format

FORMATS = {one.name: one for one in (PARQUET, CSV, ARROW)}
ENDINGS = {".parquet": PARQUET, ".csv": CSV, ".arrow": ARROW, ".arrows": ARROW}
WORK_MEM = "64MB"  # a day of a symbol is sorted in memory
CANDLES = {"candles": "candles", "quote-candles": "quote_candles"}


@click.command()
@click.argument("kind", type=click.Choice([*EVENTS, *CANDLES]))
@click.argument("file", default=STDOUT)
@click.option(
    "--format", "format_", type=click.Choice(list(FORMATS)),
    help="Format of the file.  [default: by its ending]",
)  # fmt: skip
@click.option("--symbol", "symbols", multiple=True, help="Symbol; can be repeated.  [default: all]")
@click.option("--source", help="Source.  [default: all]")
@click.option("--since", type=parse_time, metavar="TIME", help="First time, inclusive.")
@click.option("--until", type=parse_time, metavar="TIME", help="End of the range, exclusive.")
@click.option("--timeframe", help="Timeframe of candles: 1m, 1h, 1d and so on.")
@click.option(
    "--numbers", type=click.Choice(["text", "decimal"]), default="text", show_default=True,
    help="Prices and sizes in Parquet and Arrow: exact texts, or decimal(38, 18).",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.pass_obj
def export(
    settings: Settings,
    kind: str,
    file: str,
    *,
    format_: str | None,
    symbols: tuple[str, ...],
    source: str | None,
    since: datetime | None,
    until: datetime | None,
    timeframe: str | None,
    numbers: str,
    force: bool,
) -> None:
    """Export trades, quotes or candles as Parquet, CSV or Arrow.

    To FILE, which is there once it is whole, or to standard output. Events come by day, then symbol
    and source, in their order; candles by symbol, source and time. `stockpulse publish parquet`
    reads the events back.
    """
    form = _format(format_, file)
    if numbers == "decimal" and not form.needs_arrow:
        raise UsageError("--numbers decimal has no effect on CSV, whose numbers are exact texts")
    if since and until and since >= until:
        raise UsageError(f"--until {until:%Y-%m-%dT%H:%MZ} is not after --since")
    check(file, force=force)
    asked = Asked(
        relation=_relation(kind, timeframe),
        symbols=symbols,
        source=source and source.lower(),
        since=since or "-infinity",
        until=until or "infinity",
        as_decimals=numbers == "decimal",
    )
    with translated(), new_file(file, force=force) as stream:
        count = _run(_export(settings, asked, form, stream))
    to = "" if file == STDOUT else f" to {file}"
    none = "" if count else f": there are none{_about(asked)}"
    click.echo(f"{count:,} {kind.replace('-', ' ')} exported{to}{none}", err=file == STDOUT)


def _format(name: str | None, file: str) -> Format:
    ending = Path(file).suffix.lower()
    form = FORMATS[name] if name else ENDINGS.get(ending)
    if form is None:
        raise UsageError(f"name the format with --format {', '.join(FORMATS)}")
    if form.needs_arrow:
        _need_arrow(form)
    if file == STDOUT and form.needs_arrow and sys.stdout.isatty():
        raise UsageError(f"{form.name} is nothing for a terminal: name a file")
    return form


def _need_arrow(form: Format) -> None:
    try:
        import pyarrow  # noqa: F401 - it is large, and may be missing
    except ImportError as error:
        raise UsageError(
            f"{form.name} needs the library pyarrow: pip install 'stockpulse[arrow]'; CSV does not"
        ) from error


def _relation(kind: str, timeframe: str | None) -> str:
    if kind in EVENTS:
        if timeframe:
            raise UsageError(f"--timeframe belongs to candles, not to {kind}")
        return kind
    if not timeframe:
        raise UsageError(f"{kind} need --timeframe, for example 1m")
    return f"{CANDLES[kind]}_{timeframe}"


def _about(asked: Asked) -> str:
    of = f" of {', '.join(asked.symbols)}" if asked.symbols else ""
    source = f" by {asked.source}" if asked.source else ""
    times = [
        f" {word} {time:%Y-%m-%dT%H:%MZ}"
        for word, time in (("since", asked.since), ("until", asked.until))
        if isinstance(time, datetime)
    ]
    return of + source + "".join(times)


def _run(work: Any) -> int:
    """Runs a coroutine; SIGTERM ends it as Ctrl-C does, so that no part of a file stays."""

    async def run() -> int:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return int(await work)

    try:
        return asyncio.run(run())
    except asyncio.CancelledError:
        raise click.Abort from None


async def _export(settings: Settings, asked: Asked, form: Format, stream: BinaryIO) -> int:
    """Writes the rows that are asked for, and returns how many they are."""
    count = 0

    def add(more: int) -> None:
        nonlocal count
        count += more

    async with _connected(settings) as conn:
        table = await table_of(conn, asked)
        await check_stored(conn, asked)
        parts = await parts_of(conn, asked)
        if asked.as_decimals:
            with show_progress("checking", len(parts), "parts") as advance:
                await check_decimals(conn, table, parts, advance)
        with show_progress("exporting", None, "rows") as advance:
            found = written(rows(conn, table, parts, form, add, advance), table, form, DISPLAY)
            async with aclosing(found) as blocks:
                async for block in blocks:
                    stream.write(block)
        await check_stored(conn, asked)  # retention may have dropped days meanwhile
    return count


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    """Gives a connection that only reads; what still runs on it at the end is cancelled."""
    address = reading.address_of(
        settings.database_url,
        "STOCKPULSE_DATABASE_URL",
        "stockpulse export",
        work_mem=WORK_MEM,
    )
    conn = await reading.connect(address)
    try:
        yield conn
    finally:
        await asyncio.shield(reading.stop(conn))
        await asyncio.shield(conn.close())
