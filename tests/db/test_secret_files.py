"""A variable NAME_FILE is read as NAME; a fault of its file is one line without the secret."""

from pathlib import Path

import pytest

from db import secret_files
from db.errors import SettingsError

NAMES = [
    "PGPASSWORD",
    "STOCKPULSE_DATABASE_URL",
    "STOCKPULSE_API_DATABASE_URL",
    "KAFKA_CONF_SASL_PASSWORD",
    "KAFKA_CONF_SASL_USERNAME",
    "KAFKA_CONF_SSL_KEY_PASSWORD",
    "KAFKA_CONF_SASL_OAUTHBEARER_CLIENT_SECRET",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret"


@pytest.mark.parametrize("name", NAMES)
def test_secret_of_a_file_takes_the_place_of_its_variable(name: str, file: Path) -> None:
    file.write_text("s3cr3t")
    environ = {f"{name}_FILE": str(file), "OTHER": "kept"}
    secret_files.replace(environ)
    assert environ == {name: "s3cr3t", "OTHER": "kept"}


@pytest.mark.parametrize(
    "written, read",
    [
        (b"s3cr3t\n", "s3cr3t"),
        (b"s3cr3t\r\n", "s3cr3t"),
        (b"\xef\xbb\xbfs3cr3t", "s3cr3t"),  # the byte order mark of an editor on Windows
        (b" with spaces ", " with spaces "),
        ("gr\u00fc\u00df".encode(), "gr\u00fc\u00df"),
    ],
)
def test_end_of_the_line_is_no_part_of_a_secret(written: bytes, read: str, file: Path) -> None:
    file.write_bytes(written)
    environ = {"PGPASSWORD_FILE": str(file)}
    secret_files.replace(environ)
    assert environ == {"PGPASSWORD": read}


def test_key_in_pem_has_many_lines(file: Path) -> None:
    file.write_text("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n")
    environ = {"KAFKA_CONF_SSL_KEY_PEM_FILE": str(file)}
    secret_files.replace(environ)
    assert environ == {"KAFKA_CONF_SSL_KEY_PEM": file.read_text().rstrip()}


def test_empty_variable_counts_as_unset() -> None:
    environ = {"PGPASSWORD_FILE": "", "PGPASSWORD": "s3cr3t"}
    secret_files.replace(environ)
    assert environ == {"PGPASSWORD": "s3cr3t"}


@pytest.mark.parametrize(
    "written, message",
    [
        (b"", "is empty; write the secret into it"),
        (b"\n", "is empty; write the secret into it"),
        (b"s3cr3t\nuser", "has more than one line; it must hold the secret alone"),
        (b"s3cr3t\0", "has more than one line; it must hold the secret alone"),
        (b"s3cr3t\xff", "is not a text file in UTF-8"),
    ],
)
def test_wrong_file_is_refused_without_its_content(
    written: bytes, message: str, file: Path
) -> None:
    file.write_bytes(written)
    with pytest.raises(SettingsError) as raised:
        secret_files.replace({"PGPASSWORD_FILE": str(file)})
    assert str(raised.value) == f"PGPASSWORD_FILE: {file} {message}"


@pytest.mark.parametrize(
    "name, message", [("missing", "No such file or directory"), ("", "Is a directory")]
)
def test_file_that_cannot_be_read_is_named(name: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with pytest.raises(SettingsError) as raised:
        secret_files.replace({"PGPASSWORD_FILE": str(path)})
    assert str(raised.value) == f"PGPASSWORD_FILE: {path} cannot be read: {message}"


def test_variable_and_its_file_exclude_each_other(file: Path) -> None:
    file.write_text("one")
    with pytest.raises(SettingsError, match="PGPASSWORD_FILE and PGPASSWORD are set: unset one"):
        secret_files.replace({"PGPASSWORD_FILE": str(file), "PGPASSWORD": "another"})


@pytest.mark.parametrize(
    "name",
    [
        # librdkafka's own settings that end with `.file`
        "KAFKA_CONF_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE",
        "KAFKA_CONF_SASL_OAUTHBEARER_ASSERTION_JWT_TEMPLATE_FILE",
        "STOCKPULSE_FINNHUB_TOKEN_FILE",  # ingest.feed.tokens reads it
        "POSTGRES_PASSWORD_FILE",  # the server's
    ],
)
def test_other_variables_are_left_alone(name: str) -> None:
    environ = {name: "/nowhere"}
    secret_files.replace(environ)
    assert environ == {name: "/nowhere"}
