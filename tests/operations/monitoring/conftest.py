"""Fixtures of the alerts: loaders and servers of the fault tests."""

from tests.faults.conftest import (  # noqa: F401
    ledger,
    loaders,
    loaders_of,
    other_kafka,
    own_database,
    own_kafka,
)
