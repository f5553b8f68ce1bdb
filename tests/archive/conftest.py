"""A warehouse of each test's own; without the extra `archive` the tests here are skipped."""

from pathlib import Path

import pytest

pytest.importorskip("pyiceberg", reason="needs the extra `archive`")

from archive.settings import ArchiveSettings


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> ArchiveSettings:
    """Settings with a database and a warehouse of this test's own."""
    return ArchiveSettings(database_url=fresh_database, warehouse=str(tmp_path / "warehouse"))
