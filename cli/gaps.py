"""`stockpulse gaps`: when a feed was missing, and what the venue can give of it."""

import os
import sys
from datetime import UTC, datetime, timedelta

import click
from rich.table import Table

from cli.output import console
from cli.settings import Settings
from cli.stopping import stopping
from cli.times import parse_time
from db import connect, sql
from db.errors import SettingsError, StockpulseError
from ingest.feed import gaps as feed_gaps
from ingest.feed import tokens
from ingest.feed.gaps import Found
from ingest.feed.history import Stopped, VenueFailed

MINUTE = timedelta(minutes=1)
KINDS = ("trade", "quote")

since_option = click.option(
    "--since", type=parse_time, metavar="TIME", help="Start of the range.  [default: the first]"
)
until_option = click.option(
    "--until", type=parse_time, metavar="TIME", help="End of the range.  [default: now]"
)
source_option = click.option("--source", help="Only series of this source.")
symbol_option = click.option("--symbol", help="Only series of this symbol.")


@click.group()
def gaps() -> None:
    """List, fill and explain times in which a feed was missing."""


@gaps.command("list")
@since_option
@until_option
@source_option
@symbol_option
@click.pass_obj
def list_(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    symbol: str | None,
) -> None:
    """List the gaps of series that a feed or a complete batch has brought; times are UTC.

    Times at which a market was closed are none, and what is filled is gone from the list.
    """
    found = _find(settings, since, until, source, symbol)
    if not found:
        click.echo("no gaps")
        return
    table = Table("source", "symbol", "kind", "since", "until", "reason", "missing", box=None)
    for gap in (one.gap for one in found):
        ids = "" if gap.first_id is None else f"{gap.first_id} to {gap.last_id}"
        table.add_row(
            gap.source, gap.symbol, gap.kind, _text(gap.since), _text(gap.until), gap.reason, ids
        )
    console().print(table)


@gaps.command("fill")
@since_option
@until_option
@source_option
@symbol_option
@click.option("--url", default="", help="Address of the venue's API, for example a test server.")
@click.pass_obj
def fill(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    symbol: str | None,
    *,
    url: str,
) -> None:
    """Ask the venues for what is missing, and publish it.

    Nothing that is stored is published again. What a venue cannot give stays a gap. Tokens come
    from the environment, as for feeds. Exit code 1 if a venue failed or its token is missing; the
    other gaps are filled all the same.
    """
    found = _find(settings, since, until, source, symbol)
    published = filled = failed = 0
    with stopping() as stop:
        for one in found:
            gap = one.gap
            name = f"{gap.source} {gap.symbol} {gap.kind}s {_text(gap.since)} to {_text(gap.until)}"
            try:
                done = feed_gaps.fill(
                    settings.loader,
                    settings.database_url,
                    one,
                    stop,
                    url=url,
                    token=tokens.read(gap.source, os.environ),
                    feed=tokens.value(gap.source, "FEED", os.environ),
                )
            except Stopped:
                raise click.Abort from None
            except (VenueFailed, SettingsError) as error:
                failed += 1
                click.echo(f"stockpulse: {name}: {error}", err=True)
                continue
            published += done.published
            filled += not done.stays
            click.echo(f"{name}: {done.stays or f'{done.published} published'}")
    click.echo(f"{filled} of {len(found)} gaps filled, {published} events published")
    if failed:
        sys.exit(1)


@gaps.command("explain")
@click.argument("symbol")
@click.argument("time", type=parse_time)
@click.option("--source", help="Source of the series.  [default: the symbol's]")
@click.option("--kind", type=click.Choice(KINDS), default="trade", show_default=True)
@click.pass_obj
def explain(settings: Settings, symbol: str, time: datetime, source: str | None, kind: str) -> None:
    """Explain what is known of the minute TIME of SYMBOL."""
    since = time.astimezone(UTC).replace(second=0, microsecond=0)
    values = {
        "symbol": symbol,
        "source": source,
        "kind": kind,
        "price": "trade" if kind == "trade" else "mid",
        "since": since,
        "until": since + MINUTE,
    }
    with (
        connect.connect(
            settings.database_url, application_name="stockpulse gaps", role="stockpulse_owner"
        ) as conn,
        connect.translated(),
    ):
        row = conn.execute(
            "select coalesce(%(source)s::text, market.default_source(%(symbol)s))", values
        ).fetchone()
        values["source"] = row[0] if row else None
        if values["source"] is None:
            raise StockpulseError(f"nothing is known of {symbol}")
        states = conn.execute(
            "select state from market.coverage("
            "%(symbol)s, '1m', %(since)s, %(until)s, %(source)s, %(price)s)",
            values,
        ).fetchall()
        sessions = conn.execute(sql.load("cli", "explain_gap"), values).fetchall()
    state = ", ".join(state for (state,) in states) or "unknown"
    click.echo(f"{symbol} of {values['source']}, {kind}s, {_text(since)}: {state}")
    for session, place, start, end, has_ended, reason in sessions:
        lasted = f"{_text(start)} to {_text(end) if end else 'no heartbeat yet'}"
        ended = f"ended: {reason}" if has_ended else "no end"
        click.echo(f"  session {session} in {place}: {lasted}, {ended}")
    for one in _find(settings, since, since + MINUTE, values["source"], symbol):  # type: ignore[arg-type]
        if one.gap.kind == kind:
            _explain_gap(one)


def _explain_gap(found: Found) -> None:
    gap = found.gap
    ids = "" if gap.first_id is None else f", {gap.first_id} to {gap.last_id}"
    history = feed_gaps.history_of(gap.source)
    can = history is not None and gap.kind in history.read
    click.echo(f"  gap {_text(gap.since)} to {_text(gap.until)}: {gap.reason}{ids}")
    click.echo(
        f"  to fill it: stockpulse gaps fill --source {gap.source} --symbol {gap.symbol}"
        if can
        else f"  {gap.source} does not give {gap.kind}s of the past: it stays"
    )


def _find(
    settings: Settings,
    since: datetime | None,
    until: datetime | None,
    source: str | None,
    symbol: str | None,
) -> list[Found]:
    return feed_gaps.find(
        settings.database_url, source=source, symbol=symbol, since=since, until=until
    )


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
