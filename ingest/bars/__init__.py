"""Bars out: final bars of our own, from the database to Kafka."""
