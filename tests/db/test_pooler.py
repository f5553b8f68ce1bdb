"""Connections through PgBouncer in its transaction mode leave nothing to the next client."""

from collections.abc import Iterator
from contextlib import nullcontext

import httpx
import psycopg
import pytest

from api.settings import ApiSettings
from db import connect, migrate
from db.candles import refresh
from db.connect import IsPooled
from db.doctor import examine
from ingest.store import rejects, store
from tests.api.serving import served
from tests.api.store import Store, minutes
from tests.pooler import left_behind, pooler_of


@pytest.fixture
def pooled(fresh_database: str) -> Iterator[str]:
    """The URL of `fresh_database` through a PgBouncer with three sessions."""
    with pooler_of(fresh_database, "transaction", size=3) as url:
        yield url


def test_each_statement_has_the_settings_and_the_next_client_its_own(
    pooled: str, fresh_database: str
) -> None:
    settings = {"work_mem": "8MB", "lock_timeout": "5s"}
    with connect.connect(
        pooled, application_name="test", autocommit=True, role="stockpulse_owner", settings=settings
    ) as conn:
        for statement in (
            "select current_user, current_setting('work_mem'), current_setting('datestyle')",
            "select current_user, current_setting('work_mem'), current_setting('datestyle') -- 2",
        ):
            row = conn.execute(statement, prepare=True).fetchone()
            assert row == ("stockpulse_owner", "8MB", "ISO, MDY")
            assert left_behind(pooled, fresh_database) == {}
        with conn.transaction():
            assert conn.execute("show lock_timeout").fetchone() == ("5s",)
            assert conn.execute("show role").fetchone() == ("stockpulse_owner",)
    assert left_behind(pooled, fresh_database) == {}


def test_a_transaction_that_psycopg_begins_has_the_settings(pooled: str) -> None:
    with connect.connect(pooled, application_name="test", role="stockpulse_owner") as conn:
        assert conn.execute("show role").fetchone() == ("stockpulse_owner",)
        assert conn.execute("show transaction_read_only").fetchone() == ("off",)
        conn.rollback()
        assert conn.execute("show role").fetchone() == ("stockpulse_owner",)


def test_what_needs_a_session_is_refused_and_leaves_nothing(
    pooled: str, fresh_database: str
) -> None:
    for refused in (
        lambda: store.Store(pooled),
        lambda: migrate.upgrade(pooled),
        lambda: refresh.refresh(pooled, lambda *_: nullcontext(lambda _done: None)),
    ):
        with pytest.raises(IsPooled, match=r"the address of PostgreSQL itself$"):
            refused()
    assert left_behind(pooled, fresh_database) == {}


def test_doctor_and_rejects_and_the_api_work_and_leave_nothing(
    pooled: str, fresh_database: str
) -> None:
    assert examine.doctor(pooled) == examine.doctor(fresh_database)
    assert rejects.reasons(pooled) == []
    Store(fresh_database).ticks("A", minutes(3))
    with served(ApiSettings(database_url=pooled, api_port=0)) as client:
        assert _answers(client) == [200] * len(PATHS)
    assert left_behind(pooled, fresh_database) == {}


def test_options_that_a_pooler_does_not_take_are_told_as_such(pooled: str) -> None:
    with pytest.raises(connect.DatabaseRefused, match="the pooler takes no options; remove them"):
        connect.connect(f"{pooled}?options=-c%20work_mem%3D1MB", application_name="test")


def test_a_wrong_password_at_a_pooler_is_refused(pooled: str) -> None:
    conninfo = psycopg.conninfo.make_conninfo(pooled, password="no")
    with pytest.raises(connect.DatabaseRefused, match="authentication failed"):
        connect.connect(conninfo, application_name="test")


PATHS = (
    "/health/ready",
    "/v1/symbols",
    "/v1/timeframes",
    "/v1/bars?symbols=A&timeframe=1d",
    "/v1/bars?symbols=A&timeframe=1d&format=csv",
)


def _answers(client: httpx.Client) -> list[int]:
    return [client.get(path).status_code for path in PATHS]
