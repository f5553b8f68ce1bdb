"""Addresses of databases: anything that libpq takes, and SQLAlchemy's spelling of its URLs.

No message shows an address or a part of it, which may be one of a password.
"""

import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from db.errors import SettingsError

DRIVER = re.compile(r"^(postgres(?:ql)?)\+\w+://")  # postgresql+psycopg:// and its like
# Of a URL: a slash before the sign that ends the password, or a second one of those.
MISPLACED = re.compile(r"^postgres(?:ql)?://(?:[^/@?]*/|[^@?]*@)[^?]*@")


def libpq_address(address: str, variable: str = "STOCKPULSE_DATABASE_URL") -> str:
    """Returns an address as libpq takes it; raises SettingsError, which names the variable.

    A character of a password that should have been percent-encoded moves a part of it to where
    libpq expects a host, a port or a database, which it shows in its messages: that is an error.
    """
    address = DRIVER.sub(r"\1://", address)
    try:
        given = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        given = {"port": "unknown"}
    ports = str(given.get("port") or "").split(",")
    if not all(port.isascii() and (port.isdecimal() or not port) for port in ports):
        raise _unreadable(variable)
    if "@" in str(given.get("host")) or MISPLACED.match(address):
        raise _unreadable(variable)
    return address


def _unreadable(variable: str) -> SettingsError:
    return SettingsError(
        f"{variable} is no connection string of PostgreSQL: it is like"
        " postgresql://user:password@host:5432/database, with other characters than letters"
        " and digits percent-encoded, and with options of libpq only"
    )
