"""Settings of downloads."""

from db.settings import Settings

ACCEPTED = "accepted"


class DownloadSettings(Settings, frozen=True, kw_only=True):
    """Addresses, Alpha Vantage's limit, and whether Dukascopy's terms of use are accepted."""

    dukascopy_terms: str = "declined"
    dukascopy_json_url: str = "https://jetta.dukascopy.com/v1"
    dukascopy_files_url: str = "https://www.dukascopy.com/datafeed"
    alphavantage_url: str = "https://www.alphavantage.co"
    alphavantage_requests: int = 25  # per 24 hours, as a free key has

    def urls(self) -> dict[str, str]:
        """Returns the address of each form of an hour."""
        return {"json": self.dukascopy_json_url, "bi5": self.dukascopy_files_url}
