"""Alpaca's stream protocol under /alpaca, over the changes that all streams are given."""
