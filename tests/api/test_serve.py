"""Starting the API: wrong settings are one line, and the log says where it serves."""

import asyncio
import logging
from types import SimpleNamespace
from typing import cast

import pytest

from api.app import create_app
from api.http.protocol import CUT
from api.serve import listen, url_of
from api.settings import ApiSettings
from db.errors import SettingsError, UsageError

MALFORMED = (
    "nonsense",
    "mysql://u:s3cret@h/x",
    "postgresql://u:s3c ret@h/x",
    "postgresql://u:s3cret@h/x?colour=red",
)


@pytest.mark.parametrize("name", ["database_url", "api_database_url"])
@pytest.mark.parametrize("url", MALFORMED)
def test_malformed_connection_string_is_one_line_without_its_password(name: str, url: str) -> None:
    with pytest.raises(SettingsError, match=f"STOCKPULSE_{name.upper()} is no") as raised:
        create_app(ApiSettings(**{name: url}))  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)
    assert "s3c" not in str(raised.value)
    assert raised.value.__context__ is None or raised.value.__suppress_context__


def test_address_of_another_machine_is_no_fault_of_the_port() -> None:
    with pytest.raises(UsageError, match="STOCKPULSE_API_HOST or --host names another"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize(
    "name, url",
    [
        (("127.0.0.1", 8000), "http://127.0.0.1:8000"),
        (("0.0.0.0", 8000), "http://127.0.0.1:8000"),
        (("::", 8000, 0, 0), "http://[::1]:8000"),
    ],
)
def test_the_log_has_an_address_that_can_be_opened(name: tuple[object, ...], url: str) -> None:
    assert url_of(cast("object", SimpleNamespace(getsockname=lambda: name))) == url  # type: ignore[arg-type]


def test_answers_that_are_cut_on_purpose_are_no_faults_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("uvicorn.error.http")
    logger.error(CUT)
    logger.error("Exception in ASGI application\n", exc_info=asyncio.CancelledError())
    logger.error("a fault")
    assert [record.message for record in caplog.records] == ["a fault"]
