"""The limits of age of a database: what its retention has dropped, or drops next, is refused."""

from typing import get_args

from db import connect, sql
from ingest.batch.age import AgeLimit, AgeLimits
from ingest.formats.events import Kind
from ingest.formats.times import rfc3339
from ingest.store.connection import Conn


def of(database_url: str) -> AgeLimits:
    """Returns the limits of a database; raises DatabaseAway or DatabaseRefused."""
    with (
        connect.connect(
            database_url,
            application_name="stockpulse publish",
            autocommit=True,
            role="stockpulse_loader",
        ) as conn,
        connect.translated(),
    ):
        return read(conn)[1]


def read(conn: Conn) -> tuple[int, AgeLimits]:
    """Returns the version of the rules, and the limits."""
    row = conn.execute(sql.load("ingest.store", "limits")).fetchone()
    assert row is not None
    version, *found = row
    limits: dict[Kind, AgeLimit] = {}
    columns = (get_args(Kind), found[0::3], found[1::3], found[2::3])
    for kind, since, sentence, held in zip(*columns, strict=True):
        if since is not None:
            spans = tuple((rfc3339(span.lower), rfc3339(span.upper)) for span in held)
            limits[kind] = AgeLimit(rfc3339(since), sentence, spans)
    return version, limits
