"""Finds what is misconfigured or known to be broken."""
