"""Settings of the archive; what its file system needs besides is set for pyiceberg itself."""

from db.errors import SettingsError
from db.settings import DatabaseSettings

LOCAL = "file://"
S3 = "s3://"


class ArchiveSettings(DatabaseSettings, frozen=True, kw_only=True):
    """Settings of a process that reads or writes the archive."""

    warehouse: str = ""  # a directory or s3://bucket/prefix; empty: there is no archive

    @property
    def is_on(self) -> bool:
        """Whether there is an archive."""
        return bool(self.warehouse)


def location(settings: ArchiveSettings) -> str:
    """Returns the address of the warehouse as a URI; raises SettingsError if there is none."""
    warehouse = settings.warehouse.rstrip("/")
    if not warehouse:
        raise SettingsError(
            "STOCKPULSE_WAREHOUSE is not set: a directory or s3://bucket/prefix, for the archive"
        )
    path = warehouse.removeprefix(LOCAL)
    if path.startswith("/"):
        return LOCAL + path
    if warehouse.startswith(S3) and warehouse != S3.rstrip("/"):
        return warehouse
    raise SettingsError(
        f"STOCKPULSE_WAREHOUSE is {settings.warehouse!r},"
        " but must be an absolute path or like s3://bucket/prefix"
    )
