"""A store's connection: the role that it needs, and errors of one line."""

import pytest
from psycopg.conninfo import make_conninfo

from db.connect import DatabaseAway, DatabaseRefused
from db.errors import SettingsError
from ingest.store import rejects
from ingest.store.store import Store, opened
from tests import support
from tests.ingest import made
from tests.ingest.store.stores import (
    add_partitions,
    ids,
    trades,
)


def test_the_loaders_group_role_is_sufficient(database, fresh_database, login, query):
    support.execute(database.url, "grant stockpulse_loader to {name}", name=login)
    with opened(make_conninfo(fresh_database, user=login, password=login)) as store:
        add_partitions(store)
        stored = store.store(made.batch([made.trade(0), b"poison", made.trade(0), made.trade(1)]))
        store.mark_seen({"AAPL"})
        assert (stored.rows, stored.duplicates) == (2, 1)
        [(reject,)] = query("select id from ops.rejects")
        batch = made.batch(trades(7))
        assert rejects.replay_batch(store, batch, [reject]) == 1
    assert ids(query) == {"0", "1", "7"}


def test_a_login_without_the_group_role_is_refused_in_one_line(fresh_database, login):
    with pytest.raises(DatabaseRefused, match='role "stockpulse_loader"') as refused:
        Store(make_conninfo(fresh_database, user=login, password=login))
    assert "\n" not in str(refused.value)


def test_a_database_without_the_schema_says_what_to_run(template, empty_database):
    with pytest.raises(DatabaseRefused, match="stockpulse migrate") as refused:
        Store(empty_database)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "url, error",
    [
        ("host=127.0.0.1 port=1 dbname=x", DatabaseAway),
        ("postgresql://127.0.0.1:1/x", DatabaseAway),
        ("host=no.such.host.invalid", DatabaseAway),
        ("nonsense", SettingsError),
        ("nosuchoption=1", SettingsError),
    ],
)
def test_a_url_that_cannot_be_connected_to_is_an_error_of_one_line(url, error):
    with pytest.raises(error) as refused:
        Store(url)
    assert "\n" not in str(refused.value)


def test_a_database_that_does_not_exist_is_an_error_of_one_line(database):
    with pytest.raises((DatabaseAway, DatabaseRefused), match="does not exist") as refused:
        Store(support.url_of(database.url, "no_such_database"))
    assert "\n" not in str(refused.value)
