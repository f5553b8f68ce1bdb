"""Takes partitions from a loader that cannot let go: frozen, or cut off from the database.

Its transaction keeps their offsets locked for as long as its process or its network hangs.
"""

import logging
from typing import Any

import psycopg
from psycopg import errors as pg

from db import sql
from ingest.batch.batch import Batch

logger = logging.getLogger(__name__)


def free(conn: psycopg.Connection[Any], batch: Batch) -> None:
    """Ends sessions that hold the offsets of the batch's partitions and wait for their client.

    Asked only of who has waited for these in vain, and whom Kafka has given the partitions.
    """
    values = {
        "topics": [topic for topic, _ in batch.spans],
        "partitions": [partition for _, partition in batch.spans],
    }
    try:
        with conn.transaction():
            # Ending a session is up to its login, which ours is; the group role is not.
            conn.execute("set local role none")
            ended = conn.execute(sql.load("ingest.store", "free_offsets"), values).rowcount
    except pg.InsufficientPrivilege as error:
        logger.warning("another loader is frozen", extra={"reason": str(error).splitlines()[0]})
        return
    if ended:
        logger.warning("another loader is frozen, its transaction ended", extra={"sessions": ended})
