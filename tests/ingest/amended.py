"""Messages that amend stored trades, and what the database then holds."""

from datetime import UTC, datetime

from tests.ingest import made

TWELVE = datetime(2026, 2, 27, 12, tzinfo=UTC)
THIRTEEN = datetime(2026, 2, 27, 13, tzinfo=UTC)


def correction(number, price="99", **changes):
    return made.trade(number, price=price, flags=["correction"], **changes)


def cancel(number, **changes):
    return made.trade(number, price=None, size=None, flags=["cancel"], **changes)


def replacement(number, batch="a/1", **changes):
    return made.trade(number, batch=batch, flags=["replace"], **changes)


def end(rows, batch="a/1", **changes):
    """Returns the end of a batch of an hour, which replaces what is stored of that hour."""
    message = {
        "v": 1,
        "kind": "batch_end",
        "batch": batch,
        "rows": rows,
        "symbol": "AAPL",
        "source": "sim",
        "since": TWELVE,
        "until": THIRTEEN,
        "replace": True,
    }
    return made.encoded(message | changes)


def several(*values):
    """Returns a message that is a list of messages."""
    return b"[" + b",".join(values) + b"]"


def prices(query):
    """Returns the price of every trade, by its id."""
    return {
        tick_id: int(price)
        for tick_id, price in query("select tick_id, trunc(price) from market.trades")
    }


def noted(query):
    """Returns the rows of ops.amendments: (offset, action, id, old price, new price)."""
    return query(
        'select "offset", action, tick_id, trunc(old_price)::int, trunc(new_price)::int '
        "from ops.amendments order by id"
    )


def refuse(query, condition):
    """Makes a trigger of the database refuse trades."""
    query(
        "create function refuse() returns trigger language plpgsql as $$ begin "
        f"if {condition} then raise 'not this one'; end if; return new; end $$"
    )
    query(
        "create trigger refuse before insert or update on market.trades "
        "for each row execute function refuse()"
    )
