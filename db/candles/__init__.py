"""Stored candles: refreshed, and compared with their events."""
