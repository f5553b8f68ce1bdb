"""Settings of the loader."""

from ingest.kafka.settings import KafkaSettings


class LoaderSettings(KafkaSettings, frozen=True, kw_only=True):
    """Brokers and database of the loader, the limits of a batch, the address of its metrics."""

    database_url: str = ""  # empty: libpq's own PG* variables and defaults
    batch_rows: int = 50_000
    batch_bytes: int = 8_000_000
    batch_ms: int = 100  # longest time a message waits for its batch to fill
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0  # of the loader's /metrics; 0: none
    warehouse: str = ""  # of the archive that a loader keeps up to date; empty: there is none
    disk_bytes: int = 0  # size of the database's disk, for /metrics; 0: not known
