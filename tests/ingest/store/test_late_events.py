"""Trades hours late in a live batch change only their own minutes, and are stored exactly."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from ingest.store import rejects
from tests.ingest import made
from tests.ingest.amended import cancel, correction, refuse
from tests.ingest.store.late import (
    LATE_RANGES,
    THREE_AM,
    TWELVE,
    TWO_AM,
    TWO_PM,
    count_late,
    live,
    seconds,
)
from tests.ingest.store.stores import add_partitions, ids

community = pytest.mark.community


def forbid_late_trades(query):
    query("alter table ops.late_events add constraint none check (false)")


@community
def test_a_late_trade_changes_only_its_own_minutes(store_all, query):
    late = (TWO_AM, THREE_AM, TWO_AM + 119, TWO_AM + 180)
    stored = store_all([*live(40), *map(made.trade, late)])
    assert (stored.rows, stored.duplicates, stored.late) == (44, 0, 4)
    assert query(LATE_RANGES) == [
        seconds(TWO_AM, TWO_AM + 119),
        seconds(TWO_AM + 180, TWO_AM + 180),
        seconds(THREE_AM, THREE_AM),
        seconds(TWO_PM, TWO_PM + 39),
    ]
    assert count_late(query) == 0
    assert query("select trades, late, oldest_ts from ops.load_batches") == [
        (44, 4, *seconds(TWO_AM))
    ]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([*live(17), *map(made.trade, (0, 1, 2))], id="more-than-one-in-ten"),
        pytest.param(
            [*live(1020), *(made.trade(n * 120) for n in range(-101, 0))], id="in-too-many-minutes"
        ),
        pytest.param([made.trade(n * 900) for n in range(-40, 12)], id="history"),
        pytest.param([made.trade(n * 60) for n in range(-3, 60)], id="history-of-an-hour"),
        pytest.param([*live(), made.trade(TWO_AM), correction(TWO_PM)], id="with-a-correction"),
        pytest.param([*live(), made.trade(TWO_PM + 17 - 3600)], id="an-hour-late"),
    ],
)
def test_other_trades_than_late_ones_of_a_live_batch_do_not_wait(store_all, query, values):
    forbid_late_trades(query)
    assert store_all(values).rows + int(b"correction" in b"".join(values)) == len(values)


@community
def test_one_in_ten_may_be_late(store_all, query):
    store_all([*live(18), made.trade(TWO_AM), made.trade(THREE_AM)])
    assert len(query(LATE_RANGES)) == 3


@pytest.mark.apache
def test_no_trade_waits_if_changes_are_logged_by_symbol(store_all, query):
    forbid_late_trades(query)
    minutes = [made.trade(TWO_PM + 60 * number) for number in range(18)]
    assert store_all([*minutes, made.trade(TWO_AM, symbol="MSFT")]).rows == 19
    assert ("MSFT", *seconds(TWO_AM, TWO_AM + 60)) in query(
        "select symbol, since, until from ops.candle_changes"
    )


def test_a_late_trade_of_a_message_with_several_stays_with_it(store_all, query):
    forbid_late_trades(query)
    times = [int((TWELVE + timedelta(seconds=n)).timestamp() * 1000) for n in (TWO_AM, TWO_PM)]
    frame = {"type": "trade", "data": [{"s": "AAPL", "p": 1, "t": t, "v": 1} for t in times]}
    assert store_all([*live(), msgspec.json.encode(frame)]).rows == 20


def test_a_late_trade_is_stored_exactly(store_all, query):
    late_trade = made.trade(TWO_AM, symbol="B\\N", size=None, dedupe_id="\\N", price="0.30", seq=7)
    store_all([*live(), late_trade])
    assert query(
        "select ts, symbol, source, price, size, tick_id, seq, rules, moves from market.trades "
        "where symbol <> 'AAPL'"
    ) == [(*seconds(TWO_AM), "B\\N", "sim", Decimal("0.30"), None, "\\N", 7, 1, 221)]
    assert query("select symbol from market.instruments order by 1") == [("AAPL",), ("B\\N",)]


@pytest.mark.parametrize(
    "before, numbers, rows",
    [
        ([], [TWO_AM, TWO_AM], 1),
        ([TWO_AM], [TWO_AM], 0),
        ([TWO_AM], [TWO_AM, THREE_AM], 1),
    ],
    ids=["twice-in-a-batch", "stored-before", "one-of-two-stored-before"],
)
def test_a_late_trade_that_is_stored_already_is_a_duplicate(
    store_all, query, before, numbers, rows
):
    store_all(live(), *([made.trade(number)] for number in before))
    stored = store_all([*live(18, first=18), *map(made.trade, numbers)])
    assert (stored.rows, stored.duplicates) == (18 + rows, len(numbers) - rows)
    assert query("select trades, duplicates from ops.load_batches order by id desc limit 1") == [
        (18 + rows, len(numbers) - rows)
    ]
    assert query("select count(*), count(distinct tick_id) from market.trades") == [
        (36 + len({*before, *numbers}),) * 2
    ]


def test_a_late_trade_without_an_id_is_stored_each_time_it_comes(store_all, query):
    legacy = b'{"symbol":"IBM","price":1.5,"volume":2,"event_time":"2026-02-27T02:00:00Z"}'
    assert store_all([*live(), legacy], [*live(18, first=18), legacy, legacy]).rows == 20
    assert query("select count(*) from market.trades where symbol = 'IBM'") == [(3,)]


def test_a_late_trade_whose_cancel_waits_is_stored_and_cancelled(store_all, query):
    stored = store_all([cancel(TWO_AM)], [*live(), made.trade(TWO_AM)])
    assert (stored.rows, stored.duplicates) == (19, 0)
    assert str(TWO_AM) not in ids(query)
    again = store_all([*live(), made.trade(TWO_AM)])
    assert (again.rows, again.duplicates) == (0, 19)


def test_a_late_trade_with_a_bad_number_is_rejected(store_all, query):
    stored = store_all([*live(), made.trade(TWO_AM, price="1..2"), made.trade(THREE_AM)])
    assert (stored.rows, stored.rejects) == (19, {"bad number": 1})
    assert query('select "offset" from ops.rejects') == [(18,)]


def test_a_late_trade_that_the_database_refuses_is_rejected_alone(store, query, fresh_database):
    add_partitions(store)
    refuse(query, "new.price = 666")
    numbers = [TWO_AM, TWO_AM + 1, TWO_AM + 2, THREE_AM]
    prices = ["1", "666", "1", "1"]
    # v=1.0: the headers of messages that are decoded the fast way are not kept
    late = [made.trade(n, price=price, v=1.0) for n, price in zip(numbers, prices, strict=True)]
    values = live(36) + late
    messages = [
        made.Message(value, offset, key=b"\x00k", headers=[("source", b"feed")])
        for offset, value in enumerate(values)
    ]
    store.store(made.batch(messages))
    assert ids(query) >= {str(TWO_AM), str(TWO_AM + 2), str(THREE_AM)}
    assert query(
        'select topic, "partition", "offset", "key", "value", source, reason, detail '
        "from ops.rejects"
    ) == [("t", 0, 37, b"\x00k", values[37], "feed", "refused by the database", "not this one")]
    assert count_late(query) == 0
    query("drop trigger refuse on market.trades")
    assert rejects.replay(fresh_database) == rejects.Replayed(stored=1, left=0)
    assert str(TWO_AM + 1) in ids(query)
