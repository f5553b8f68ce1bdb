"""Histories that are kept up to date: when a run is due, what it did, and who runs it."""
