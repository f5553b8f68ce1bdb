"""Feeds: live sources, and the frame that keeps each of them connected."""
