"""A message that the database refuses is rejected, whatever it holds, and all others are stored."""

import random

import pytest

from ingest.store import rejects
from tests.ingest import made
from tests.ingest.amended import cancel, correction, end, prices, refuse, replacement, several
from tests.ingest.store.stores import add_partitions, ids, trades

OTHER = {"symbol": "MSFT"}


def long(length):
    """Returns a text that PostgreSQL cannot compress."""
    return "".join(map(chr, random.Random(length).choices(range(0x20000, 0x2A6D0), k=length)))


LONG = {"symbol": long(128), "source": long(64), "dedupe_id": long(249)}

# What the database refuses: the source `bad`, the price 666, and a row too long for its index.
REFUSED = {
    "trade": made.trade(50, price="666"),
    "source": made.trade(50, source="bad"),
    "quote": made.quote(source="bad"),
    "list": several(made.trade(50), made.trade(51, price="666")),
    "list with an end": several(
        made.trade(50, source="bad"), end(1, "c", replace=None, source="other")
    ),
    "correction": correction(0, price="666"),
    "list with a correction": several(made.trade(50), correction(0, price="666")),
    "cancel": cancel(0, source="bad"),
    "replacement": replacement(50, "c", source="bad"),
    "long replacement": replacement(50, long(250), **LONG),
    "long batch in a list": several(
        replacement(50, long(250), **LONG), end(1, "c", source="other")
    ),
    "batch in a list": several(
        replacement(50, "c", price="666", source="other"), end(1, "c", source="other")
    ),
}
# Every sort of message; the replaced range is of a series of its own.
OTHERS = [
    made.trade(0),
    correction(1),
    replacement(7, **OTHER),
    replacement(8, **OTHER),
    end(2, **OTHER),
    made.trade(1),
    made.trade(2),
    cancel(2),
    made.trade(9),
    end(1, "b", replace=None),
    made.quote(),
    made.trade(0),
]
RESULT = {"0": 100, "1": 99, "7": 100, "8": 100, "9": 100}


@pytest.fixture
def strict(query):
    """Makes the database refuse some messages."""
    query("alter table market.sources add constraint house_rule check (source <> 'bad')")
    query("alter table ops.amendments add constraint house_rule check (source <> 'bad')")
    refuse(query, "new.price = 666")


@pytest.mark.parametrize("at", [0, 4, len(OTHERS)])
@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_refused_message_is_rejected_alone(store, query, strict, refused, at):
    add_partitions(store)
    values = [*OTHERS[:at], refused, *OTHERS[at:]]
    stored = store.store(made.batch(values))
    assert stored.rejects == {"refused by the database": 1}
    assert query('select "offset", "value" from ops.rejects') == [(at, refused)]
    assert prices(query) == RESULT
    assert query("select count(*) from market.quotes") == [(1,)]
    assert query("select next_offset from ops.kafka_offsets") == [(len(values),)]
    assert query("select count(*) from market.sources where source = 'bad'") == [(0,)]


def test_refused_messages_of_every_sort_are_rejected_together(store, query, strict):
    add_partitions(store)
    values = [*OTHERS, *REFUSED.values(), *REFUSED.values()]
    stored = store.store(made.batch(values))
    assert stored.rejects == {"refused by the database": 2 * len(REFUSED)}
    assert prices(query) == RESULT


def test_a_source_that_is_refused_rejects_no_neighbour(store, query, strict, fresh_database):
    add_partitions(store)
    values = [*trades(*range(60)), made.trade(60, source="bad"), made.trade(61)]
    stored = store.store(made.batch(values))
    assert (stored.rows, stored.rejects) == (61, {"refused by the database": 1})
    assert query('select "offset" from ops.rejects') == [(60,)]
    query(
        'insert into ops.rejects (topic, "partition", "offset", "value", reason, detail)'
        " values ('t', 0, 99, %s, 'refused by the database', 'not any more')",
        made.trade(62),
    )
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=1, left=1)


def test_an_identity_of_the_house_that_is_taken_rejects_its_message(store, query):
    add_partitions(store)
    query("create unique index house_rule on ops.amendments (source)")
    stored = store.store(made.batch([made.trade(0), cancel(1), cancel(2), made.trade(3)]))
    assert (stored.rows, stored.rejects) == (2, {"refused by the database": 1})
    assert query('select "offset" from ops.rejects') == [(2,)]


def test_a_refusal_at_the_commit_rejects_its_message(store, query):
    add_partitions(store)
    query(
        "create function refuse() returns trigger language plpgsql as "
        "$$ begin if new.symbol = 'BAD' then raise 'not this one'; end if; return null; end $$;"
        "create constraint trigger refuse after insert on market.instruments "
        "deferrable initially deferred for each row execute function refuse()"
    )
    stored = store.store(made.batch([made.trade(0), made.trade(1, symbol="BAD"), made.trade(2)]))
    assert (stored.rows, stored.rejects) == (2, {"refused by the database": 1})
    assert ids(query) == {"0", "2"}


def test_a_late_event_that_cannot_wait_is_stored_at_once(store, query):
    add_partitions(store)
    query("alter table ops.late_events add constraint house_rule check (symbol <> 'AAPL')")
    values = [*(made.trade(n) for n in range(20)), made.trade(-7200)]
    stored = store.store(made.batch(values))
    assert (stored.rows, stored.rejects) == (21, {})
