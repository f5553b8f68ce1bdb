"""Venues that run on this machine: they speak a real one's protocol, for the demo and the tests."""
