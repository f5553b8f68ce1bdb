"""The loaders and the ledger of the fault tests, without the faults of servers."""

from tests.faults.conftest import full, ledger, loaders, loaders_of

__all__ = ["full", "ledger", "loaders", "loaders_of"]
