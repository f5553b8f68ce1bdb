"""Settings of the API."""

from typing import ClassVar

from db.settings import DatabaseSettings


class ApiSettings(DatabaseSettings, frozen=True, kw_only=True):
    """Address of the API, and the limits of its use of the database."""

    OTHER_VARIABLES: ClassVar[frozenset[str]] = frozenset({"bootstrap_servers"})

    api_host: str = "127.0.0.1"
    api_port: int = 8000
    api_pool_size: int = 8
    api_timeout_ms: int = 5_000  # longest a statement may run
    api_exports: int = 2  # answers in other formats than JSON at the same time
    api_cache_ms: int = 900  # age of an answer about the newest data that is given again; 0: none
    api_database_url: str = ""  # reads go there, several hosts allowed; empty: database_url
    api_max_lag_seconds: int = 30  # a standby further behind its primary is not ready
    api_keys: str = "auto"  # auto, required or off; auto: off on a loopback address
    api_cors_origins: tuple[str, ...] = ("*",)  # origins of pages that may read; none: no other
    api_streams: int = 500  # open at the same time
    api_streams_per_key: int = 100  # of them, of one API key
    api_stream_symbols: int = 1000  # in one stream
    api_access_log: str = "off"  # on: a line of JSON per request on standard output
    warehouse: str = ""  # of the archive, from which old days are read; empty: they are not
    bootstrap_servers: str = "127.0.0.1:9092"  # shown by /api/v1/status
