"""Archives days of the database under test, and drops them from it."""

from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from archive import one_day, session, tables
from archive.settings import ArchiveSettings


class Archiver:
    """Archives relations by day, whether they are due or not."""

    def __init__(self, url: str, warehouse: Path) -> None:
        self._url = url
        self._settings = ArchiveSettings(database_url=url, warehouse=str(warehouse))

    def archive(self, days: list[date], *relations: str) -> None:
        """Archives what the database has of days."""
        with session.opened(self._settings) as (conn, iceberg):
            known = {one.name: one for one in tables.relations(conn)}
            for relation in relations:
                for day in days:
                    one_day.archive(conn, iceberg, known[relation], day, force=False, patience=10.0)

    def unverify_newest(self) -> None:
        """Makes the newest snapshot one that was not read back."""
        self.execute(
            "update ops.archives set verified_at = null"
            " where archived_at = (select max(archived_at) from ops.archives)"
        )

    def drop(self, before: date, *relations: str) -> None:
        """Drops what is before a day, as retention does; of candles the rows, not the chunks."""
        end = datetime(before.year, before.month, before.day, tzinfo=UTC)
        with psycopg.connect(self._url, autocommit=True) as conn:
            # A drop of chunks is no change of what wider candles are made of.
            conn.execute(
                "select set_config(name, 'on', false) from pg_settings"
                " where name = 'timescaledb.skip_cagg_invalidation'"
            )
            for relation in relations:
                row = conn.execute("select ops.hypertable_of(%s)::text", [relation]).fetchone()
                assert row is not None
                if "candles" in relation:
                    conn.execute(f"delete from {row[0]} where bucket < %s", [end])  # type: ignore[arg-type]
                else:
                    conn.execute(
                        "select drop_chunks(%s::regclass, older_than => %s::timestamptz)",
                        [row[0], end],
                    )
                conn.execute(
                    "select ops.note_dropped(%s, tstzmultirange(tstzrange(null, %s)), true)",
                    [relation, end],
                )

    def execute(self, statement: str) -> None:
        """Runs a statement."""
        with psycopg.connect(self._url, autocommit=True) as conn:
            conn.execute(statement)  # type: ignore[arg-type]
