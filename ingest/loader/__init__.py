"""Runs the loader: polls, fills batches, hands them to the store."""
