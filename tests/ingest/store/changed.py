"""Events and ranges of the log of changes, as a reader gets them."""

EVENTS = """
select
    number, action, tick_id, trunc(coalesce(price, bid))::int, old_tick_id,
    trunc((old ->> 'price')::numeric)::int
from market.changed_events(%s, %s, %s, %s)
"""
RANGES = """
select kind, symbol, source, since, until, event_kind, timeframe
from market.changed_ranges(%s, %s)
"""
LAST = 1_000_000


def events(reader, after=0, until=LAST, kind="trade", symbols=None):
    """Returns (number, action, id, price, former id, former price); prices are cut to integers."""
    return reader(EVENTS, [after, until, kind, symbols])


def ranges(reader, after=0, until=LAST):
    return reader(RANGES, [after, until])


def newest(reader):
    """Returns the number of the newest change, 0 before the first."""
    rows = reader("select number from market.newest_change()")
    return rows[0][0] if rows else 0
