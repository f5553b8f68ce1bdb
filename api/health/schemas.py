"""Schemas of the answers about the service."""

import msgspec


class Health(msgspec.Struct):
    """State of the service and its database."""

    status: str
    db: str


class Live(msgspec.Struct):
    """The process runs and answers."""

    status: str


class Checks(msgspec.Struct):
    """Conditions of being ready: ok, or what is wrong."""

    status: str
    checks: dict[str, str]


class Ready(msgspec.Struct):
    """State of the database, and how much is in it; of each 10,000 at most are counted."""

    status: str
    checks: dict[str, str | int]


class Version(msgspec.Struct):
    """The version of the service."""

    version: str
    service: str
