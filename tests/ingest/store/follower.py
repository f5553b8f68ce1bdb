"""A client of the log of changes: what it knows of trades and quotes, and how far it has read."""

from collections import Counter
from typing import Any

Key = tuple[Any, ...]

EVENTS = """
select
    action, symbol, source, ts, tick_id, old_ts, old_tick_id,
    case when %(kind)s = 'trade' then price else bid end as price
from market.changed_events(%(after)s, %(until)s, %(kind)s)
"""
STORED = {
    "trade": "select symbol, source, ts, tick_id, price from market.trades",
    "quote": "select symbol, source, ts, tick_id, bid from market.quotes",
}


class Follower:
    """Applies changes to a dict by identity, and those without an id to a count."""

    def __init__(self, conn, kind):
        self.conn = conn
        self.kind = kind
        self.number = 0
        self.known: dict[Key, Any] = {}
        self.nameless: Counter[Key] = Counter()

    def read(self, count):
        """Reads up to `count` numbers further, and no further than the newest."""
        newest = self.conn.execute("select number from market.newest_change()").fetchone()
        until = min(self.number + count, newest[0] if newest else 0)
        values = {"after": self.number, "until": until, "kind": self.kind}
        for row in self.conn.execute(EVENTS, values).fetchall():
            self._apply(*row)
        self.number = until
        return newest is None or until == newest[0]

    def _apply(self, action, symbol, source, ts, tick_id, old_ts, old_tick_id, price):
        if old_ts is not None:
            if old_tick_id is None and self.nameless[symbol, source, old_ts]:
                self.nameless[symbol, source, old_ts] -= 1
            self.known.pop((symbol, source, old_ts, old_tick_id), None)
        if action != "cancelled" and tick_id is None:
            self.nameless[symbol, source, ts] += 1
        elif action != "cancelled":
            self.known[symbol, source, ts, tick_id] = price

    def check(self):
        """Asserts that it knows what is stored, and nothing else."""
        rows = self.conn.execute(STORED[self.kind]).fetchall()
        assert self.known == {row[:4]: row[4] for row in rows if row[3] is not None}
        assert +self.nameless == Counter(row[:3] for row in rows if row[3] is None)
