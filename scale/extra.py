"""The extra `spark`: its packages are imported only by the jobs."""

from importlib.util import find_spec

from archive import extra as archive_extra
from db.errors import UsageError


def require() -> None:
    """Raises UsageError, which says how to install the packages, if one is missing."""
    if not (find_spec("pyspark") and archive_extra.is_installed()):
        raise UsageError("Spark needs more packages: pip install 'stockpulse[spark]'")


def require_archive() -> None:
    """Raises UsageError if a package that reads the archive is missing."""
    archive_extra.require()
