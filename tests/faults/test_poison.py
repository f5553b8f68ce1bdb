"""Messages that cannot be stored: each is kept in ops.rejects, its neighbours are stored."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.cimpl import RESOURCE_TOPIC

from stack.broker import Broker
from tests import support
from tests.faults.ledger import Ledger, Tick, encoded
from tests.faults.loaders import Loaders

GOOD = Tick("AAPL", "near", datetime.now(UTC), Decimal("187.5"), Decimal(1))
HUGE = 10_000_000  # bytes

# By what is wrong with it: the value, and the reason with which it has to be rejected.
POISON = {
    "empty": (b"", "empty"),
    "not JSON": (b'{"v":1,"kind":"trade"', "not JSON"),
    "no object": (b"[1, 2, 3]", "unknown format"),
    "price of a wrong type": (encoded(GOOD, price=[1]), "wrong type"),
    "price is true": (encoded(GOOD, price=True), "wrong type"),
    "symbol of a wrong type": (encoded(GOOD, symbol=7), "bad symbol"),
    "1e400": (encoded(GOOD).replace(b'"187.5"', b"1e400"), "number out of range"),
    "1e999999999999": (
        encoded(GOOD).replace(b'"187.5"', b"1e999999999999999999999"),
        "number out of range",
    ),
    "a thousand digits": (encoded(GOOD, price="9" * 1_000), "number out of range"),
    "NaN": (encoded(GOOD, price="NaN"), "number out of range"),
    "bare NaN": (encoded(GOOD).replace(b'"187.5"', b"NaN"), "number out of range"),
    "Infinity": (encoded(GOOD, price="Infinity"), "number out of range"),
    "negative size": (encoded(GOOD, size="-1"), "bad size"),
    "price of another kind": (encoded(GOOD, price="free"), "bad number"),
    "empty symbol": (encoded(GOOD, symbol=""), "no symbol"),
    "blank symbol": (encoded(GOOD, symbol="  "), "no symbol"),
    "NUL in the symbol": (encoded(GOOD, symbol="AA\0PL"), "bad symbol"),
    "NUL in the id": (encoded(GOOD, dedupe_id="a\0b"), "bad dedupe_id"),
    "bare NUL": (encoded(GOOD).replace(b"AAPL", b"AA\0PL"), "not JSON"),
    "invalid UTF-8": (encoded(GOOD).replace(b"AAPL", b"AA\xff\xfePL"), "not JSON"),
    "lone surrogate": (encoded(GOOD).replace(b"AAPL", rb"AA\ud800PL"), "not JSON"),
    "lone surrogate in the id": (encoded(GOOD).replace(b"near", rb"ne\udfffar"), "not JSON"),
    "nested": (b'{"v":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deep"),
    "nested objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deep"),
    "of 1900": (encoded(GOOD, event_time="1900-01-01T00:00:00Z"), "time out of range"),
    "of 2500": (encoded(GOOD, event_time="2500-01-01T00:00:00Z"), "time out of range"),
    "of no day": (encoded(GOOD, event_time="2026-02-30T00:00:00Z"), "bad time"),
    "of tomorrow": (
        encoded(GOOD, event_time=(datetime.now(UTC) + timedelta(days=1)).isoformat()),
        "time out of range",
    ),
    "more than the database takes": (encoded(GOOD, price="10000000"), "refused by the database"),
    "a symbol that the database refuses": (
        encoded(GOOD, symbol="FORBIDDEN"),
        "refused by the database",
    ),
}


@pytest.fixture
def strict_database(fresh_database: str) -> str:
    """A database with constraints unknown to the loader."""
    for statement in (
        "alter table market.trades add constraint cheap check (price < 1000000)",
        "create domain market.permitted as text check (value <> 'FORBIDDEN')",
        "alter table market.instruments add constraint permitted "
        "check (symbol::market.permitted is not null)",
    ):
        support.execute(fresh_database, statement)
    return fresh_database


def test_one_of_each_among_a_thousand_is_rejected_alone(
    ledger: Ledger, loaders: Loaders, strict_database: str
) -> None:
    for value, _ in POISON.values():
        ledger.produce(1_000 // len(POISON))
        ledger.poison(value)
        ledger.send_ignored(None if ledger.messages % 2 else b'{"type":"ping"}')
    ledger.produce(1_000 % len(POISON))
    ledger.flush()
    loaders.load_rest()
    ledger.compare(strict_database)
    _assert_reasons(strict_database)


def test_a_batch_of_nothing_but_poison_is_rejected(
    ledger: Ledger, loaders: Loaders, strict_database: str
) -> None:
    for value, _ in POISON.values():
        ledger.poison(value)
    ledger.flush()
    loaders.load_rest()
    ledger.compare(strict_database)
    _assert_reasons(strict_database)
    ledger.produce(1_000)
    ledger.flush()
    loaders.load_rest()
    ledger.compare(strict_database)


def test_neighbours_of_rows_that_the_database_refuses_are_stored(
    ledger: Ledger, loaders: Loaders, strict_database: str
) -> None:
    for number in range(200):
        ledger.produce(20)
        ledger.poison(encoded(GOOD, price=str(1_000_000 + number)))
    ledger.flush()
    loaders.load_rest()
    ledger.compare(strict_database)


@pytest.mark.kafka
def test_messages_of_ten_megabytes_are_stored_or_rejected_completely(
    broker: Broker, ledger: Ledger, loaders: Loaders, fresh_database: str
) -> None:
    _allow(broker, ledger.topic, 2 * HUGE)
    good = Tick("AAPL", "padded", datetime.now(UTC), Decimal("187.5"), Decimal(1))
    ledger.produce(500)
    ledger.send(encoded(good, padding="x" * HUGE), good)
    ledger.poison(encoded(good, symbol="x" * HUGE))
    ledger.produce(500)
    ledger.flush()
    loaders.load_rest()
    ledger.compare(fresh_database)


def _allow(broker: Broker, topic: str, size: int) -> None:
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(RESOURCE_TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers})
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


def _assert_reasons(url: str) -> None:
    with psycopg.connect(url) as conn:
        rejected = conn.execute('select "value", reason from ops.rejects').fetchall()
    assert dict(rejected) == dict(POISON.values())
