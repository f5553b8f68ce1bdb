"""Candles made by Apache Spark, from the archive or from Kafka, and their comparison with ours."""
