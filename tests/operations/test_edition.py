"""docs/runbooks/move-to-community.md, by its own commands, with a loader at work."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from cli.progress import show_progress
from db import migrate
from db.candles.refresh import refresh
from db.candles.verify import verify
from stack.broker import Broker
from stack.database import Database
from stack.database.installation import Installation
from tests.db import history, support
from tests.faults.conftest import MakeLoaders
from tests.faults.ledger import Flow, Ledger, wait_for_more
from tests.faults.loaders import Loaders
from tests.operations.conftest import MakeMachine, loading
from tests.operations.machines import Machine
from tests.operations.runbook import PAGES, Runbook
from tests.support import execute, unique, url_of

PAGE = Runbook("move-to-community.md")
OUT, IN, CANDLES = "1. Copy out", "2. Copy in", "3. Make the candles, and catch up"
OLD_CANDLES = """
select bucket, symbol, open, high, low, close, volume, vwap, tick_count
from market.candles_1h
where source = 'sim'
order by bucket
"""

SET = """
select
    (select array_agg(keep order by relation) from ops.lifecycle),
    (
        select array_agg(floor_ts::text order by relation) from ops.retention_floors
        where relation in ('trades', 'quotes', 'candles_1m', 'candles_1h')
    ),
    (select array_agg(row(key_sha256, name, rate_per_minute)::text) from ops.api_keys),
    (select array_agg(row(number, mark)::text order by number) from ops.changes)
"""


def test_a_copy_has_all_that_was_loaded_and_set(
    shell: dict[str, str], database: Database, fresh_database: str, loaders: Loaders, ledger: Ledger
) -> None:
    new = url_of(database.url, unique("moved"))
    kept = candles_of_dropped_trades(fresh_database)
    execute(fresh_database, "insert into ops.api_keys values (sha256('key'), 'grafana', 600)")
    ledger.produce(3_000, poison_every=500)
    ledger.flush()
    loaders.load_rest()
    environ = shell | loading(loaders, new) | addresses(fresh_database, new, shell)
    PAGE.run(OUT, environ)
    try:
        PAGE.run(IN, environ)
        refresh(new, show_progress)
        assert verify(new, show_progress).wrong == 0
        with support.connect(new) as conn, support.connect(fresh_database) as old:
            assert old_candles(conn) == kept
            assert conn.execute(SET).fetchall() == old.execute(SET).fetchall()
        ledger.compare(new)
    finally:
        name = new.rpartition("/")[2]
        execute(database.url, "drop database if exists {name} with (force)", name=name)


@pytest.mark.operations
def test_a_copy_loads_what_came_after_it(
    machine_of: MakeMachine, loaders_of: MakeLoaders, broker: Broker, topic: str, ledger: Ledger
) -> None:
    first, second = machine_of("first"), machine_of("second")
    move(first, second, loaders_of, broker, topic, ledger, back=False)


def candles_of_dropped_trades(url: str) -> list[tuple[Any, ...]]:
    """Stores trades of a day, makes their candles, drops them, and returns the candles."""
    with support.connect(url) as conn:
        support.keep_events(conn, "90 days")
        history.fill(conn, (120,))
        support.refresh_all(conn)
        before = old_candles(conn)
        support.retain(url)
        assert conn.execute("select from market.trades where source = 'sim'").fetchall() == []
        assert old_candles(conn) == before
        assert len(before) == 8
        return before


def old_candles(conn: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return conn.execute(OLD_CANDLES).fetchall()


def addresses(old: str, new: str, shell: dict[str, str]) -> dict[str, str]:
    return {
        "OLD": old,
        "NEW": new,
        "NEW_SERVER": url_of(new, "postgres"),
        "COPY": str(Path(shell["SCRATCH"]) / unique("copy")),
        "DOCS": str(PAGES),
    }


@pytest.mark.operations
@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
def test_the_editions_take_over_from_each_other(
    machine_of: MakeMachine,
    build: Installation,
    old_build: Installation,
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    ledger: Ledger,
    *,
    back: bool,
) -> None:
    builds = (build, old_build) if back else (old_build, build)
    first, second = machine_of("first", builds[0]), machine_of("second", builds[1])
    move(first, second, loaders_of, broker, topic, ledger, back=back)


def move(
    first: Machine,
    second: Machine,
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    ledger: Ledger,
    *,
    back: bool,
) -> None:
    """Moves a database to a second server; `back`: with its loader stopped."""
    first.create()
    migrate.upgrade(first.url)
    second.create()
    url = second.url_of("moved")
    kept = candles_of_dropped_trades(first.url)
    loaders = loaders_of(first.url, broker, topic)
    environ = first.environ | loading(loaders, url) | addresses(first.url, url, second.environ)
    loader = loaders.start()
    with Flow(ledger, at_least=20_000, per_second=1_000, poison_every=500):
        wait_for_more(first.url)
        if back:
            loader.terminate()
            assert PAGE.run(OUT, environ, 2).strip() == "0"
        PAGE.run(OUT, environ)
        environ["PATH"] = second.environ["PATH"]
        PAGE.run(IN, environ)
    PAGE.run(CANDLES, environ)
    ledger.compare(url)
    if not back:
        ledger.wait(first.url)
        ledger.compare(first.url)
    with psycopg.connect(url) as conn:
        assert old_candles(conn) == kept
