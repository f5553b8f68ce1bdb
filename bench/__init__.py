"""Benchmarks: ratios to another program that does the same work in the same run."""
