"""The address of the database, or of its replicas, as the API connects to it for reading."""

from api.settings import ApiSettings
from db import reading
from db.reading import Address


def address_of(settings: ApiSettings, **others: str) -> Address:
    """Returns how to connect for reading: to the database, or to its replicas.

    Raises SettingsError.
    """
    name = "API_DATABASE_URL" if settings.api_database_url else "DATABASE_URL"
    return reading.address_of(
        settings.api_database_url or settings.database_url,
        f"STOCKPULSE_{name}",
        "stockpulse-api",
        **{"statement_timeout": f"{settings.api_timeout_ms}ms", **others},
    )
