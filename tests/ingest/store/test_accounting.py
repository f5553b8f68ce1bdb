"""Every message is stored, a duplicate, amended, rejected or ignored, and counted once."""

import msgspec
import pytest

from tests.ingest import made
from tests.ingest.amended import cancel, correction, end, refuse, replacement

COUNTS = "messages, stored, duplicates, amended, rejected, ignored, trades, quotes"
PING = b'{"type":"ping"}'


def frame(*numbers, price=100):
    """Returns a message with several trades of an id each."""
    trades = [
        {
            "symbol": "BTC/USD", "side": "buy", "price": price, "qty": 1, "ord_type": "limit",
            "trade_id": number, "timestamp": f"2026-02-27T12:00:{number:02}.000000Z",
        }
        for number in numbers
    ]  # fmt: skip
    return msgspec.json.encode({"channel": "trade", "type": "update", "data": trades})


def counts(query):
    return query(f"select {COUNTS} from ops.load_batches order by id")


def test_messages_of_every_outcome_add_up(store_all, query):
    refuse(query, "new.price = 666")
    store_all([made.trade(1), made.trade(2)])
    stored = store_all(
        [
            made.trade(3), made.trade(1), made.quote(), made.quote(), correction(2), cancel(9),
            b"poison", made.trade(4, price="666"), PING, None,
        ]
    )  # fmt: skip
    assert counts(query) == [(2, 2, 0, 0, 0, 0, 2, 0), (10, 2, 2, 2, 2, 2, 1, 1)]
    assert stored.rejects == {"not JSON": 1, "refused by the database": 1}
    assert stored.ignored == {"heartbeat": 1, "tombstone": 1}
    assert query("select ignored_reasons from ops.load_batches order by id desc limit 1") == [
        (stored.ignored,)
    ]


def test_a_message_of_which_one_trade_is_new_is_stored(store_all, query):
    store_all([frame(1, 2)], [frame(1, 2), frame(2, 3)])
    assert counts(query) == [(1, 1, 0, 0, 0, 0, 2, 0), (2, 1, 1, 0, 0, 0, 1, 0)]


def test_of_two_messages_with_the_same_new_trade_the_first_is_stored(store_all, query):
    store_all([frame(1), frame(1), frame(1, 2)])
    assert counts(query) == [(3, 2, 1, 0, 0, 0, 2, 0)]


def test_replacements_and_their_end_are_amended(store_all, query):
    store_all([made.trade(1), replacement(2), end(1)], [end(2, "b/1", replace=None)])
    assert counts(query) == [(3, 1, 0, 2, 0, 0, 1, 0), (1, 0, 0, 0, 1, 0, 0, 0)]
    store_all([end(1, "b/1", replace=None)])
    assert counts(query)[-1] == (1, 0, 0, 0, 0, 1, 0, 0)


def test_rows_name_the_batch_that_brought_them(store_all, query):
    store_all([made.trade(1)], [made.trade(2), made.trade(1), made.quote()])
    assert query(
        "select tick_id, offsets -> 't 0' from market.ticks inner join ops.load_batches"
        " on id = batch order by tick_id"
    ) == [("1", [0, 1]), ("2", [1, 4]), ("x", [1, 4])]


def test_a_quote_with_the_id_and_time_of_a_trade_is_no_duplicate(store_all):
    stored = store_all([made.trade(0, dedupe_id="x", symbol="EUR/USD"), made.quote()])
    assert (stored.trades, stored.quotes, stored.duplicates) == (1, 1, 0)


@pytest.mark.community
def test_a_late_trade_that_is_refused_counts_as_rejected(store_all, query):
    refuse(query, "new.price = 666")
    live = [made.trade(7200 + number) for number in range(18)]
    store_all([*live, made.trade(-36000, price="666")])
    assert counts(query) == [(19, 18, 0, 0, 1, 0, 18, 0)]
