"""docs/runbooks/failover.md and replicas.md, by their own commands, with a loader at work."""

import psycopg
import pytest

from db import migrate
from stack.broker import Broker
from tests import support
from tests.faults.conftest import MakeLoaders
from tests.faults.ledger import Flow, Ledger, wait_for_more
from tests.operations import runbook
from tests.operations.conftest import MakeMachine, loading
from tests.operations.machines import PASSWORD, Machine
from tests.operations.runbook import Runbook

PAGE = Runbook("failover.md")
REPLICAS = Runbook("replicas.md")
REPLICATOR = f"create role replicator login replication password '{PASSWORD}'"


def both(first: Machine, second: Machine, mode: str = "read-write") -> str:
    """Returns the address of whichever server can be written to."""
    return (
        f"postgresql://postgres:{PASSWORD}@127.0.0.1:{first.port},127.0.0.1:{second.port}"
        f"/stockpulse?target_session_attrs={mode}"
    )


def make_standby(primary: Machine, standby: Machine) -> None:
    address = primary.url.replace("postgres:", "replicator:").rpartition("/")[0]
    REPLICAS.run("1. Make a standby", standby.environ | {"PRIMARY": address})


def wait_for_stream(url: str) -> None:
    """Returns once a standby has all that its primary has written."""
    with psycopg.connect(url, autocommit=True) as conn:

        def is_level() -> bool:
            row = conn.execute(
                "select bool_and(state = 'streaming' and replay_lsn >= pg_current_wal_lsn())"
                " from pg_stat_replication"
            ).fetchone()
            return row == (True,)

        support.wait_until(is_level, "a standby that is level")


@pytest.fixture
def pair(machine_of: MakeMachine) -> tuple[Machine, Machine]:
    """A migrated primary, and the machine of a standby to be made."""
    first, second = machine_of("first"), machine_of("second")
    first.create()
    migrate.upgrade(first.url)
    support.execute(first.url, REPLICATOR)
    return first, second


def test_a_promoted_standby_reads_again_what_it_had_not_received(
    pair: tuple[Machine, Machine],
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    ledger: Ledger,
) -> None:
    first, second = pair
    make_standby(first, second)
    loaders = loaders_of(both(first, second), broker, topic)
    loader = loaders.start()
    ledger.produce(3_000)
    ledger.flush()
    ledger.wait(first.url)
    wait_for_stream(first.url)
    cut_off(second)
    ledger.produce(3_000)
    ledger.flush()
    ledger.wait(first.url)  # stored on the primary, unknown to the standby
    first.crash()
    PAGE.run("2. Promote the standby", second.environ)
    with psycopg.connect(second.url) as conn:
        (had,) = conn.execute("select count(*) from market.trades").fetchone() or (0,)
    ledger.produce(1_000)
    ledger.flush()
    ledger.wait(second.url)
    assert had < 6_000
    ledger.compare(second.url)
    loader.terminate()
    first.start()  # as it is: a second primary, which would take messages
    refused = loaders.start("--until-end", STOCKPULSE_DATABASE_URL=first.url)
    assert refused.wait() == 1
    assert "it is a former primary that was started again" in refused.output


def cut_off(standby: Machine) -> None:
    """Ends the standby's replication, as a broken network would."""
    support.execute(standby.url_of("postgres"), "alter system set primary_conninfo = ''")
    support.execute(standby.url_of("postgres"), "select pg_reload_conf()")
    with psycopg.connect(standby.url_of("postgres"), autocommit=True) as conn:
        support.wait_until(
            lambda: not conn.execute("select from pg_stat_wal_receiver").fetchall(),
            "the end of the replication",
        )


@pytest.mark.operations
def test_servers_change_places_twice_under_a_loader(
    pair: tuple[Machine, Machine],
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    ledger: Ledger,
) -> None:
    first, second = pair
    support.execute(first.url, "alter system set wal_keep_size = '512MB'")
    support.execute(first.url, "select pg_reload_conf()")
    make_standby(first, second)
    loaders = loaders_of(both(first, second), broker, topic)
    loader = loaders.start()
    with Flow(ledger, at_least=20_000, per_second=1_000, poison_every=700):
        for primary, standby in ((first, second), (second, first)):
            wait_for_more(primary.url)
            primary.crash()
            PAGE.run("2. Promote the standby", standby.environ)
            wait_for_more(standby.url)
            rebuilt = primary.environ | {"PRIMARY": standby.url.rpartition("/")[0]}
            PAGE.run("4. Make the former primary a standby", rebuilt)
            wait_for_stream(standby.url)
    ledger.wait(first.url)
    assert loader.running
    PAGE.run("3. Look", first.environ | loading(loaders, both(first, second)))
    ledger.compare(first.url)
    wait_for_stream(first.url)
    ledger.compare(second.url)


@pytest.mark.operations
def test_a_clean_change_of_places_loses_nothing(
    pair: tuple[Machine, Machine],
    loaders_of: MakeLoaders,
    broker: Broker,
    topic: str,
    ledger: Ledger,
) -> None:
    first, second = pair
    make_standby(first, second)
    loaders_of(both(first, second), broker, topic).start()
    with Flow(ledger, at_least=10_000, per_second=1_000):
        wait_for_more(first.url)
        first.run('pg_ctl stop --wait --mode=fast --pgdata="$PGDATA"')
        PAGE.run("2. Promote the standby", second.environ)
        wait_for_more(second.url)
        rebuilt = first.environ | {"PRIMARY": second.url.rpartition("/")[0]}
        output = PAGE.run("4. Make the former primary a standby", rebuilt)
        assert "no rewind required" in output
        wait_for_stream(second.url)
    ledger.wait(second.url)
    ledger.compare(second.url)
    look = second.environ | {"STOCKPULSE_DATABASE_URL": second.url}
    runbook.run("stockpulse verify", look)
