"""The Iceberg catalog: pyiceberg's own, in the schema `iceberg` of the database.

Its statements are sent by the connections of db.connect, so that every address that libpq takes is
one of the catalog too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pyarrow as pa
import sqlalchemy as sa
from pyiceberg.catalog import MetastoreCatalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.table import Table
from pyiceberg.typedef import Identifier
from pyiceberg.utils.config import Config

from archive import settings as archive_settings
from archive.settings import ArchiveSettings
from db import connect
from db.errors import SettingsError, StockpulseError

NAME = "stockpulse"
SCHEMA = "iceberg"  # of the database
NAMESPACE = "market"


class WarehouseAway(StockpulseError):
    """Files of the archive cannot be read or written."""


class ArchiveChanged(StockpulseError):
    """Another writer has changed a table of the archive meanwhile."""


class Catalog(SqlCatalog):
    """The catalog, with tables that the migrations made."""

    def __init__(self, settings: ArchiveSettings, role: str | None, *, keep: bool) -> None:
        given: Any = Config().get_catalog_config(NAME) or {}
        properties = {**given, "warehouse": archive_settings.location(settings)}
        MetastoreCatalog.__init__(self, NAME, **properties)
        self._schema_version = "v1"
        self._warehouse = f"{properties['warehouse']}/"
        self.engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=lambda: _connect(settings.database_url, role),
            poolclass=sa.QueuePool if keep else sa.NullPool,
            pool_pre_ping=keep,
        ).execution_options(schema_translate_map={None: SCHEMA})

    def load_table(self, identifier: str | Identifier) -> Table:
        """Returns a table; raises SettingsError if it is not one of this warehouse.

        Its files are where it was made, whatever the warehouse is by now.
        """
        table = super().load_table(identifier)
        if not table.location().startswith(self._warehouse):
            raise SettingsError(
                f"STOCKPULSE_WAREHOUSE is {self._warehouse[:-1]}, but this database's archive is in"
                f" {table.location().rsplit('/', 2)[0]}: files of the archive cannot be moved"
            )
        return table


def open_catalog(
    settings: ArchiveSettings, *, role: str | None = None, keep: bool = False
) -> Catalog:
    """Returns the catalog; the owner's `role` may write to it, any other may read.

    Connects when it is used; with `keep` its connections stay open until close(). Raises
    SettingsError if there is no warehouse.
    """
    return Catalog(settings, role, keep=keep)


def _connect(database_url: str, role: str | None) -> psycopg.Connection[Any]:
    return connect.connect(
        database_url, application_name="stockpulse archive", role=role, direct=role is not None
    )


@contextmanager
def translated() -> Iterator[None]:
    """Translates the errors of catalog, files and Arrow to those that a person can correct."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        with connect.translated():
            raise error.orig from error
    except (CommitFailedException, ValidationException) as error:
        raise ArchiveChanged(f"the archive was changed meanwhile: {_line(error)}") from error
    except (OSError, pa.ArrowException) as error:
        raise WarehouseAway(
            f"the warehouse in STOCKPULSE_WAREHOUSE cannot be read or written: {_line(error)}"
        ) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
