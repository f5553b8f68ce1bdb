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
        "after_symbol": None,
        "after_source": None,
        "after_bucket": None,
    } | values
    cursor = psycopg.ClientCursor(conn)
    return cursor.mogrify(sql.load("api.native", "bars"), given)
