"""Rows of statements as flat tables: NDJSON, CSV, Arrow and Parquet, streamed from COPY."""
