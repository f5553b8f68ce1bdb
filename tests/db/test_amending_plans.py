"""An amendment costs the same after thousands of others as it did after none."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.db import support

NOON = support.midnight(3) + timedelta(hours=12)
BEFORE = """
insert into ops.amendments (
    topic, "partition", "offset", batch, action, kind, symbol, source, tick_id, ts,
    applied_at, applied_ts, applied_tick_id, new_tick_id
)
select
    't', 0, number, 1, %(action)s, 'trade', 'A', 'sim', number::text,
    %(noon)s::timestamptz + number * interval '1 second',
    now(), %(noon)s::timestamptz + number * interval '1 second', number::text,
    case when %(action)s = 'correct' then 'new ' || number end
from generate_series(1, 3000) as number
"""
READ = """
select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
from pg_stat_xact_all_tables
where relid = 'ops.amendments'::regclass
"""
QUESTIONS = {
    "ids": "select ops.ids_of(wanted, array['1500']) from ops.amendments as wanted where id = %s",
    "cancelled": (
        "select wanted.found from ops.amendments as one"
        " cross join lateral (select ops.cancelled_identity(one) as found) as wanted where id = %s"
    ),
}


@pytest.mark.parametrize("action", ["correct", "cancel"])
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_an_amendment_reads_those_of_its_own_ids_alone(
    conn: psycopg.Connection[Any], action: str, question: str
) -> None:
    conn.execute(BEFORE, {"action": action, "noon": NOON})
    conn.execute("analyze ops.amendments")
    newest = conn.execute("select max(id) from ops.amendments").fetchone()
    with conn.transaction():
        before = conn.execute(READ).fetchone()
        conn.execute(question, newest)
        after = conn.execute(READ).fetchone()
    assert before
    assert after
    assert after[0] - before[0] <= 10
