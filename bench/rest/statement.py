"""The statement of a page of bars, with its values as literals, for clients other than the API."""

from typing import Any

import psycopg

from db import sql


def bars(conn: psycopg.Connection[Any], **values: object) -> str:
    """Returns the statement that the API runs for a page of bars, in its usual form."""
    given = {
        "timeframe": "1m",
        "source": None,
        "newest_first": False,
        "share": "in turn",
        "descending": False,
        "price": None,
        "adjustment": "raw",
        "vendor": True,
        "known_sources": ["bench"],  # as the API knows them from the page before
        "after_symbol": None,
        "after_source": None,
        "after_bucket": None,
        "width": "1 minute",
        "direction": 1,
        "ts": "rfc3339",
        "tz": None,
        "quote": "",
        **{name: f',"{name}":' for name in ("o", "h", "l", "c", "v", "vw", "sp")},
    } | values
    cursor = psycopg.ClientCursor(conn)
    return cursor.mogrify(sql.load("api.native", "bars"), given)
