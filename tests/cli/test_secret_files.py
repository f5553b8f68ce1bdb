"""Commands log in with a password, or to an address, that stands in a file."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.cli.conftest import Run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret"


def test_password_in_a_file_opens_the_database(
    run: Run, bare: dict[str, str], fresh_database: str, file: Path
) -> None:
    given = {name: str(value) for name, value in conninfo_to_dict(fresh_database).items()}
    file.write_text(given.pop("password", "any") + "\n")
    names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER"}
    environ = bare | {names[name]: value for name, value in given.items()}
    ended = run(environ | {"PGPASSWORD_FILE": str(file)}, "lifecycle")
    assert (ended.code, ended.err) == (0, "")


def test_address_in_a_file_is_that_of_the_database(
    run: Run, bare: dict[str, str], fresh_database: str, file: Path
) -> None:
    file.write_text(fresh_database)
    ended = run(bare | {"STOCKPULSE_DATABASE_URL_FILE": str(file)}, "lifecycle")
    assert (ended.code, ended.err) == (0, "")


def test_missing_file_ends_a_command_in_one_line(run: Run, bare: dict[str, str]) -> None:
    ended = run(bare | {"PGPASSWORD_FILE": "/nowhere"}, "lifecycle")
    assert ended.code == 1
    assert ended.err == (
        "stockpulse: PGPASSWORD_FILE: /nowhere cannot be read: No such file or directory\n"
    )
