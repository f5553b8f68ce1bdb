"""Writes trades and quotes with every column they may have, also such that tie."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import psycopg


class Row(NamedTuple):
    """A trade, or with `ask` a quote."""

    ts: datetime
    price: str
    ns: int = 0
    seq: int = 0
    tick_id: str | None = None
    size: str | None = "1"
    side: str | None = None
    exchange: str | None = None
    tape: str | None = None
    conditions: list[str] | None = None
    ask: str | None = None


def trades(url: str, symbol: str, rows: Iterable[Row], source: str = "sim") -> None:
    """Stores trades and adds their symbol to the instruments."""
    values = [
        (row.ts, symbol, source, row.price, row.size, row.side, row.tick_id, row.exchange, row.tape,
         row.conditions, row.seq, row.ns, 1, 1, 221)
        for row in rows
    ]  # fmt: skip
    columns = "price, size, side, tick_id, exchange, tape, conditions, seq, ns, batch, rules, moves"
    _copy(url, symbol, f"trades (ts, symbol, source, {columns})", values)


def quotes(url: str, symbol: str, rows: Iterable[Row], source: str = "sim") -> None:
    """Stores quotes whose bid is the price, and adds their symbol to the instruments."""
    values = [
        (row.ts, symbol, source, row.price, row.ask, row.size, row.size, row.tick_id, row.exchange,
         row.tape, row.conditions, row.seq, row.ns, 1, 7)
        for row in rows
    ]  # fmt: skip
    columns = "bid, ask, bid_size, ask_size, tick_id, exchange, tape, conditions, seq, ns"
    _copy(url, symbol, f"quotes (ts, symbol, source, {columns}, batch, moves)", values)


def _copy(url: str, symbol: str, target: str, rows: list[tuple[Any, ...]]) -> None:
    with psycopg.connect(url) as conn, conn.cursor() as cursor:
        cursor.execute(
            "insert into market.instruments (symbol) values (%s) on conflict do nothing", [symbol]
        )
        with cursor.copy(f"copy market.{target} from stdin") as copy:  # type: ignore[arg-type]
            for row in rows:
                copy.write_row(row)
