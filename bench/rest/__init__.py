"""Comparisons of the REST API with other ways to the same answers, each pair in one run."""
