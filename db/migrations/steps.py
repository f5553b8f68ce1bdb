"""Runs a revision's SQL files: the common one, then the one for the edition the server runs."""

from pathlib import Path

from alembic import op

from db.edition import kind_of


def run(revision_file: str, direction: str) -> None:
    """Runs NAME.up.sql then NAME.EDITION.up.sql, or the down files in the opposite order."""
    revision = Path(revision_file).with_suffix("")
    edition = kind_of(op.get_bind().connection.driver_connection)  # type: ignore[arg-type]
    files = [
        revision.with_suffix(f".{direction}.sql"),
        revision.with_suffix(f".{edition}.{direction}.sql"),
    ]
    for file in files if direction == "up" else reversed(files):
        if file.exists():
            _execute(file.read_text())


def _execute(sql: str) -> None:
    # op.execute() would read `:word` as a parameter, the bare driver `%`.
    op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})
