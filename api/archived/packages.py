"""The packages that read the archive, which are imported only where there is a warehouse."""

from importlib.util import find_spec

from archive import extra
from db.errors import SettingsError


def require() -> None:
    """Raises SettingsError, which says how to install the packages, if one is missing."""
    if not (extra.is_installed() and find_spec("duckdb")):
        raise SettingsError(
            "STOCKPULSE_WAREHOUSE is set, and the API reads the archive with packages that are"
            " missing: pip install 'stockpulse[archive]'"
        )
