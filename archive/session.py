"""The connection and the catalog of the one process that archives or restores."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from archive import catalog, ledger
from archive.catalog import Catalog
from archive.settings import ArchiveSettings
from db import connect

OWNER = "stockpulse_owner"
SETTINGS = {
    "work_mem": "256MB",  # a day is sorted
    "client_connection_check_interval": "1s",  # until the lock of a process that was killed is free
}


@contextmanager
def opened(settings: ArchiveSettings) -> Iterator[tuple[psycopg.Connection[Any], Catalog]]:
    """Gives a connection, which alone archives or restores while it is open, and the catalog.

    Raises IsBusy if another one does. Errors of database, catalog and warehouse are translated.
    """
    with (
        closing(catalog.open_catalog(settings, role=OWNER, keep=True)) as iceberg,
        connect.connect(
            settings.database_url,
            application_name="stockpulse archive",
            autocommit=True,
            role=OWNER,
            settings=SETTINGS,
            direct=True,
            primary=True,
        ) as conn,
        connect.translated(),
        catalog.translated(),
    ):
        ledger.lock(conn)
        yield conn, iceberg
