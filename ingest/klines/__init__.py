"""Compares candles with those that their venue publishes itself."""
