"""Answers as flat tables beside JSON: NDJSON, CSV, Arrow and Parquet, streamed from COPY."""
