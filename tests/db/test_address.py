"""Addresses that libpq takes are taken; others are refused without a word of them."""

import pytest

from db import settings
from db.address import libpq_address
from db.errors import SettingsError
from db.settings import DatabaseSettings

TAKEN = {
    "a password that is encoded": "postgresql://u:p%40s%3A%2F%3F%23@host:5432/d",
    "the short scheme": "postgres://u:p@host/d",
    "key and value": "host=h port=5 dbname=d user=u password='a@/:b'",
    "two hosts": "postgresql://u:p@one:1,two/d?target_session_attrs=read-write",
    "two hosts and two ports": "host=one,two port=1,2",
    "options": "postgresql://u@host/d?options=-c%20statement_timeout%3D9000",
    "an at sign in a parameter": "postgresql://host/d?user=a@b",
    "a bracket in a password": "postgresql://u:[p]#@host/d",
    "nothing": "",
}


@pytest.mark.parametrize("address", TAKEN.values(), ids=TAKEN.keys())
def test_what_libpq_takes_is_taken_as_it_is(address: str) -> None:
    assert libpq_address(address) == address


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "asyncpg", "psycopg_async"])
@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_url_of_sqlalchemy_is_one_of_libpq(scheme: str, driver: str) -> None:
    assert libpq_address(f"{scheme}+{driver}://u:p+q@h/d") == f"{scheme}://u:p+q@h/d"


REFUSED = {
    "a slash in the password": "postgresql://u:se/cret@host/d",
    "an at sign in the password": "postgresql://u:se@cret@host/d",
    "an at sign and a slash": "postgresql://u:12@se/cret@host/d",
    "an at sign and a colon": "postgresql://u:se@cr:et@host/d",
    "a per cent sign in the password": "postgresql://u:100%secret@host/d",
    "a blank in the password": "host=h password=se cret",
    "no scheme": "u:secret@host/d",
    "another scheme": "mysql://u:secret@host/d",
    "an option that libpq has not": "postgresql://u:secret@host/d?pool=5",
}


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_shows_nothing_of_the_address(address: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.read(DatabaseSettings, {"STOCKPULSE_DATABASE_URL": address})
    message = str(refused.value)
    assert message.startswith("STOCKPULSE_DATABASE_URL is no connection string of PostgreSQL")
    for part in ("secret", "se/", "cret", "100%"):
        assert part not in message
