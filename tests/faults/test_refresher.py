"""Candles are refreshed soon after a restart of the server, whatever the refresher was doing."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from stack.database import Database
from tests import support
from tests.db import history
from tests.db import support as db_support
from tests.db.support import trade

IS_AT_WORK = """
    select exists (
        select from pg_stat_activity
        where backend_type like 'User-Defined Action%' and wait_event_type = 'Lock'
            and query like '%refresh_candles%'
    )
"""
SOON_SECONDS = 60.0  # TimescaleDB lets five minutes pass


@pytest.mark.community
def test_candles_are_refreshed_soon_after_a_stop_met_their_refresher(
    own_database: Database,
) -> None:
    with closing(psycopg.connect(own_database.url)) as holder:
        holder.execute("lock table ops.lifecycle in access exclusive mode")
        with psycopg.connect(own_database.url, autocommit=True) as conn:
            support.wait_until(
                lambda: conn.execute(IS_AT_WORK).fetchone() == (True,), "the refresher works"
            )
        own_database.stop()
    own_database.start()
    with psycopg.connect(own_database.url, autocommit=True) as conn:
        db_support.insert(conn, [trade(datetime.now(UTC) - timedelta(minutes=10), "5")])
        support.wait_until(
            lambda: history.stored(conn, "candles_1m") == 1, "a candle is stored", SOON_SECONDS
        )
