"""The extra `archive`: its packages are imported only by what needs them."""

from importlib.util import find_spec

from db.errors import UsageError

PACKAGES = ("pyiceberg", "pyiceberg_core", "pyarrow")


def is_installed() -> bool:
    """Returns whether the packages of the archive can be imported."""
    try:
        return all(find_spec(package) for package in PACKAGES)
    except ModuleNotFoundError:
        return False


def require() -> None:
    """Raises UsageError, which says how to install the packages, if one is missing."""
    if not is_installed():
        raise UsageError("the archive needs more packages: pip install 'stockpulse[archive]'")
