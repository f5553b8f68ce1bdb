"""Answers from the database over HTTP."""
