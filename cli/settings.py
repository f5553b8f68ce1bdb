"""Settings of all commands; an unknown STOCKPULSE_ variable is an error, since it has no effect."""

from collections.abc import Mapping

import msgspec

from api.settings import ApiSettings
from archive.settings import ArchiveSettings
from db import settings
from db.doctor.settings import DoctorSettings
from db.errors import SettingsError
from ingest.download.settings import DownloadSettings
from ingest.feed import tokens
from ingest.kafka.settings import other_variables
from ingest.loader.settings import LoaderSettings
from scale.settings import SparkSettings

# Read by stack/ and by the tests, not by the services.
STACK_VARIABLES = frozenset(
    {
        "STOCKPULSE_PG_BINDIR",
        "STOCKPULSE_CACHE",
        "STOCKPULSE_TEST_CHROMIUM",
        "STOCKPULSE_TEST_DBN",
        "STOCKPULSE_TEST_OLD_PG_BINDIR",
        "STOCKPULSE_TEST_UDF",
    }
)


class Settings(msgspec.Struct, frozen=True):
    """Settings of the packages, each as the package reads them."""

    loader: LoaderSettings
    api: ApiSettings
    download: DownloadSettings = DownloadSettings()
    doctor: DoctorSettings = DoctorSettings()
    archive: ArchiveSettings = ArchiveSettings()
    spark: SparkSettings = SparkSettings()

    @property
    def database_url(self) -> str:
        return self.loader.database_url


def read(environ: Mapping[str, str]) -> Settings:
    """Returns the settings in `environ`; raises SettingsError naming the wrong one."""
    _check_names(environ)
    kafka = other_variables(environ)
    return Settings(
        loader=settings.read(LoaderSettings, environ, **kafka),
        api=settings.read(ApiSettings, environ, bootstrap_servers=kafka["bootstrap_servers"]),
        download=settings.read(DownloadSettings, environ),
        doctor=settings.read(DoctorSettings, environ),
        archive=settings.read(ArchiveSettings, environ),
        spark=settings.read(SparkSettings, environ, bootstrap_servers=kafka["bootstrap_servers"]),
    )


def variables() -> list[str]:
    """Returns all STOCKPULSE_ variables of the services."""
    structs = (
        LoaderSettings,
        ApiSettings,
        DownloadSettings,
        DoctorSettings,
        ArchiveSettings,
        SparkSettings,
    )
    return sorted({name for struct in structs for name in settings.variables(struct)})


def _check_names(environ: Mapping[str, str]) -> None:
    known = variables()
    others = {*STACK_VARIABLES, *tokens.variables()}
    for name, text in environ.items():
        if name.startswith(settings.PREFIX) and text and name not in {*known, *others}:
            raise SettingsError(f"{name} is not a setting; known are {', '.join(known)}")
