"""Takes partitions over from a loader that is frozen, or cut off from the database.

Its transaction keeps their offsets locked for as long as its process or its network hangs.
"""

import logging

from psycopg import errors as pg

from db import sql
from ingest.batch.batch import Batch
from ingest.store.connection import Conn
from ingest.store.errors import one_line

logger = logging.getLogger(__name__)


def end_frozen_sessions(conn: Conn, batch: Batch) -> None:
    """Ends sessions that hold the offsets of the batch's partitions and wait for their client.

    Call only after a lock timeout on partitions that Kafka has assigned to this loader.
    """
    values = {
        "topics": [topic for topic, _ in batch.spans],
        "partitions": [partition for _, partition in batch.spans],
    }
    try:
        with conn.transaction():
            # Loaders share a login, which may end its own sessions; the group role may not.
            conn.execute("set local role none")
            ended = conn.execute(sql.load("ingest.store", "end_frozen_sessions"), values).rowcount
    except pg.InsufficientPrivilege as error:
        logger.warning("another loader is frozen", extra={"reason": one_line(error)})
        return
    if ended:
        logger.warning("ended the transaction of a frozen loader", extra={"sessions": ended})
