"""Days that only the archive has: read from its Parquet files, and merged with the database's."""
