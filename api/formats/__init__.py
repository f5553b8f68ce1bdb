"""Answers as flat tables beside JSON: which format a request wants, and how it is sent."""
