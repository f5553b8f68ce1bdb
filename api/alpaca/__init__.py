"""Alpaca's market data API under /alpaca, for its clients."""
