"""The queries of docs/sql.md and what they answer in the market of tests/data/cookbook.sql.

`python -m tests.cookbook --write` rewrites the answers, in the document itself.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from db import edition
from stack import database as databases
from tests import support
from tests.db import support as db_support

DOCUMENT = Path(__file__).parents[1] / "docs" / "sql.md"
MARKET = Path(__file__).parent / "data" / "cookbook.sql"
# How values are printed depends on these; an analyst's own settings may be others.
OPTIONS = "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c role=stockpulse_reader"

RECIPE = re.compile(
    r"^## (?P<title>[^\n]+)$(?P<said>(?:(?!^## ).)*?)"
    r"^```sql\n(?P<query>.*?)^```\n(?:\n```text\n(?P<answer>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)
NUMBERS = {20, 21, 23, 1700}  # int8, int2, int4, numeric: aligned to the right


def recipes() -> dict[str, tuple[str, str]]:
    """Returns query and answer by title."""
    found = RECIPE.finditer(DOCUMENT.read_text())
    return {recipe["title"]: (recipe["query"], recipe["answer"] or "") for recipe in found}


def fill(conn: psycopg.Connection[Any]) -> None:
    """Stores the market's events and logs them as changes, as a loader does."""
    with conn.transaction():
        conn.execute("set local timezone = 'UTC'")
        conn.execute(MARKET.read_bytes())
        if edition.kind_of(conn) == "apache":
            conn.execute(
                "insert into ops.candle_changes (kind, symbol, since, until)"
                " select kind || 's', null, min(ts), max(ts) + interval '1 minute'"
                " from market.ticks group by kind"
            )


def answer(conn: psycopg.Connection[Any], query: str) -> str:
    """Returns the answer to a query as psql prints it."""
    cursor = conn.execute(query.encode())
    result = cursor.pgresult
    assert result is not None
    columns = []
    for number in range(result.nfields):
        name = (result.fname(number) or b"").decode()
        cells = [(result.get_value(row, number) or b"").decode() for row in range(result.ntuples)]
        width = max(map(len, [name, *cells]))
        put: Callable[[str, int], str] = str.rjust if result.ftype(number) in NUMBERS else str.ljust
        columns.append([name.center(width), "-" * width, *(put(cell, width) for cell in cells)])
    lines = [
        ("-+-" if number == 1 else " | ").join(cells).rstrip()
        for number, cells in enumerate(zip(*columns, strict=True))
    ]
    rows = "1 row" if result.ntuples == 1 else f"{result.ntuples} rows"
    return "\n".join([*lines, f"({rows})", ""])


def write() -> None:
    """Puts today's answers into the document."""
    with (
        databases.start() as database,
        support.migrated_template(database) as template,
        support.database_like(database.url, template) as url,
    ):
        with psycopg.connect(url, autocommit=True) as conn:
            fill(conn)
            db_support.refresh_all(conn)
        with psycopg.connect(url, options=OPTIONS) as conn:
            text = DOCUMENT.read_text()
            DOCUMENT.write_text(RECIPE.sub(lambda found: _answered(conn, found), text))


def _answered(conn: psycopg.Connection[Any], recipe: re.Match[str]) -> str:
    query = recipe["query"]
    return (
        f"## {recipe['title']}{recipe['said']}```sql\n{query}```\n\n"
        f"```text\n{answer(conn, query)}```\n"
    )


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python -m tests.cookbook --write")
    write()
