"""Bars of vendors over HTTP: what to ask for, the budget of requests, and what was published."""
