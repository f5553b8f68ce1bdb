"""Finds or starts the database and the broker this machine can offer."""
