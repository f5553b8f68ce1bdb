"""docs/runbooks/backup.md, by its own commands, with a loader at work."""

import re
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import OFFSET_END, TopicPartition
from confluent_kafka.admin import AdminClient

from db import migrate
from stack.broker import Broker
from stack.database import Database
from tests import support
from tests.faults.conftest import MakeLoaders
from tests.faults.ledger import Flow, Ledger, wait_for_more
from tests.faults.loaders import Loaders
from tests.operations import runbook
from tests.operations.conftest import MakeMachine, loading
from tests.operations.runbook import Runbook

PAGE = Runbook("backup.md")
SAID = "topic {topic}, partition .* but the broker has dropped everything before {end}"
RIGHTS = """
select array_agg(item::text order by item::text), setconfig
from pg_database
cross join unnest(datacl) as item
left join pg_db_role_setting on setdatabase = pg_database.oid and setrole = 0
where datname = current_database()
group by setconfig
"""
MADE_BY_MIGRATE = (
    [
        "=c/postgres",
        "postgres=CTc/postgres",
        "stockpulse_loader=T/postgres",
        "stockpulse_owner=CT/postgres",
    ],
    ["timescaledb.enable_parallel_chunk_append=off"],
)


def server_of(url: str) -> str:
    return url.rpartition("/")[0]


def test_a_restored_dump_loads_what_came_after_it(
    shell: dict[str, str], database: Database, fresh_database: str, loaders: Loaders, ledger: Ledger
) -> None:
    backup = Path(shell["SCRATCH"]) / "backup"
    restored = support.unique("restored")
    environ = shell | loading(loaders, fresh_database)
    environ |= {"BACKUP": str(backup), "SERVER": server_of(database.url), "RESTORED": restored}
    loader = loaders.start()
    ledger.produce(2_000, poison_every=500)
    ledger.flush()
    ledger.wait(fresh_database)
    with Flow(ledger, at_least=2_500, per_second=1_000):
        PAGE.run("Take a dump", environ)
    ledger.wait(fresh_database)
    loader.kill()
    try:
        PAGE.run("Restore a dump", environ)
        url = support.url_of(database.url, restored)
        with psycopg.connect(url) as conn:
            (dumped,) = conn.execute("select count(*) from market.trades").fetchone() or (0,)
        assert 2_000 <= dumped < len(ledger.ticks)
        output = PAGE.run("Restore a dump", environ, 2)
        assert "candles_1d" in output
        ledger.compare(url)
        with psycopg.connect(url) as conn:
            assert conn.execute(RIGHTS).fetchone() == MADE_BY_MIGRATE
    finally:
        support.execute(database.url, "drop database if exists {name} with (force)", name=restored)


@pytest.mark.operations
def test_a_dump_restores_on_another_server_with_its_logins(
    machine_of: MakeMachine, loaders_of: MakeLoaders, broker: Broker, topic: str, ledger: Ledger
) -> None:
    first, second = machine_of("first"), machine_of("second")
    first.create()
    migrate.upgrade(first.url)
    support.execute(first.url, "create role ada login")
    support.execute(first.url, "call ops.add_reader('ada')")
    support.execute(first.url, "create role night_loader login password 'secret'")
    support.execute(first.url, "grant stockpulse_loader to night_loader")
    second.create()
    loaders = loaders_of(first.url, broker, topic)
    environ = first.environ | loading(loaders, first.url)
    environ |= {"BACKUP": str(second.home / "backup")}
    loaders.start()
    with Flow(ledger, at_least=20_000, per_second=1_000, poison_every=500):
        wait_for_more(first.url)
        PAGE.run("Take a dump", environ)
        environ |= {
            "SERVER": server_of(second.url),
            "RESTORED": "again",
            "PATH": second.environ["PATH"],
        }
        PAGE.run("Restore a dump", environ)
        url = second.url_of("again")
        PAGE.run("Restore a dump", environ, 2)
        login = url.replace("postgres:secret", "night_loader:secret")
        loaders_of(login, broker, topic).start()
    ledger.wait(url)
    ledger.wait(first.url)
    runbook.run("stockpulse verify", environ | {"STOCKPULSE_DATABASE_URL": url})
    ledger.compare(url)
    ledger.compare(first.url)
    with psycopg.connect(url) as conn:
        roles = conn.execute(
            "select rolname from pg_roles where pg_has_role(oid, 'stockpulse_reader', 'member')"
            " and rolcanlogin and not rolsuper order by 1"
        ).fetchall()
    assert ("ada",) in roles


@pytest.mark.operations
def test_archived_wal_restores_the_moment_before_a_mistake(
    machine_of: MakeMachine, loaders_of: MakeLoaders, broker: Broker, topic: str, ledger: Ledger
) -> None:
    first, practice, second = map(machine_of, ("first", "practice", "second"))
    first.create()
    migrate.upgrade(first.url)
    loaders = loaders_of(first.url, broker, topic)
    archive, backup = first.home / "archive", first.home / "base"
    environ = first.environ | loading(loaders, first.url)
    environ |= {"ARCHIVE": str(archive), "BACKUP": str(backup)}
    loader = loaders.start()
    with Flow(ledger, at_least=10_000, per_second=1_000, poison_every=700):
        wait_for_more(first.url)
        PAGE.run("Archive the WAL", environ)
        wait_for_more(first.url)  # the loader has survived the restart
        PAGE.run("Archive the WAL", environ, 2)
        wait_for_more(first.url)
        early = now(first.url)
        wait_for_more(first.url)
        target = now(first.url)
        with psycopg.connect(first.url, autocommit=True) as conn:
            conn.execute("delete from market.trades where symbol = 'AAPL'")  # the mistake
        wait_for_more(first.url)
    loader.terminate()
    first.run('pg_ctl stop --wait --mode=fast --pgdata="$PGDATA"')
    environ |= {**practice.environ, "STOCKPULSE_DATABASE_URL": practice.url, "TARGET": early}
    PAGE.run("Restore to a moment", environ)
    practice.run('pg_ctl stop --wait --mode=fast --pgdata="$PGDATA"')
    assert not list(archive.glob("*.history"))  # or the next restore would end in this one's
    environ |= {**second.environ, "STOCKPULSE_DATABASE_URL": second.url, "TARGET": target}
    PAGE.run("Restore to a moment", environ)
    with psycopg.connect(second.url) as conn:
        (restored,) = conn.execute("select count(*) from market.trades").fetchone() or (0,)
    assert 1_000 < restored < len(ledger.ticks)
    PAGE.run("Restore to a moment", environ, 2)
    ledger.compare(second.url)
    PAGE.run("Restore to a moment", environ, 3)
    support.wait_until(lambda: (archive / "00000002.history").exists(), "its timeline is archived")


def now(url: str) -> str:
    with psycopg.connect(url) as conn:
        return str((conn.execute("select clock_timestamp()::text").fetchone() or ("",))[0])


@pytest.mark.operations
@pytest.mark.kafka
def test_a_loader_goes_on_with_what_kafka_still_has(
    shell: dict[str, str],
    fresh_database: str,
    broker: Broker,
    topic: str,
    loaders: Loaders,
    ledger: Ledger,
) -> None:
    loaders.load_rest()
    lost = Ledger(broker.bootstrap_servers, topic)
    lost.produce(1_000, keyed=False)
    lost.flush()
    ends = drop_all(broker, topic)
    ledger.produce(1_000)
    ledger.flush()
    environ = shell | loading(loaders, fresh_database) | {"TOPIC": topic}
    for partition, end in ((one, end) for one, end in ends.items() if end):  # all that lost some
        refused = loaders.start("--until-end")
        assert refused.wait() == 1
        assert re.search(SAID.format(topic=topic, end=r"\d+"), refused.output)
        PAGE.run(
            "What Kafka must keep", environ | {"PARTITION": str(partition), "OFFSET": str(end)}
        )
    loaders.load_rest()
    ledger.compare(fresh_database)
    assert loaders.run("verify").wait() == 0


def drop_all(broker: Broker, topic: str) -> dict[int, int]:
    """Drops the topic's messages, as its retention does; returns the next offset by partition."""
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    partitions = admin.list_topics(topic).topics[topic].partitions
    asked = [TopicPartition(topic, partition, OFFSET_END) for partition in partitions]
    dropped = admin.delete_records(asked)
    return {place.partition: future.result().low_watermark for place, future in dropped.items()}
