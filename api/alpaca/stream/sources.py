"""The source that each symbol of a connection means, looked up once, as a stream goes on with it."""

from collections.abc import Iterable

import msgspec
import psycopg

from api.alpaca.stream.codes import Code, StreamError
from api.errors import Problem
from api.names import SYMBOLS_AT_ONCE
from api.pool import Reader
from db import sql
from db.connect import DatabaseAway


async def sources_of(reader: Reader, symbols: Iterable[str]) -> dict[str, str]:
    """Returns sources by symbol, none for those without events; raises StreamError."""
    found: dict[str, str] = {}
    names = sorted(symbols)
    for first in range(0, len(names), SYMBOLS_AT_ONCE):
        try:
            row = await reader.fetch_row(
                sql.load("api.alpaca", "sources"), symbols=names[first : first + SYMBOLS_AT_ONCE]
            )
        except Problem as problem:
            raise StreamError(Code.INTERNAL, problem.detail) from problem
        except (DatabaseAway, psycopg.Error) as error:
            raise StreamError(Code.INTERNAL, "the database cannot be reached") from error
        assert row is not None
        found |= msgspec.json.decode(row[0], type=dict[str, str])
    return found
