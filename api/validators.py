"""Validators that all answers share: how long they are fresh, and the tag of their content."""

# Nothing is fresh without asking: amendments, rules and splits change what was final.
CACHE_CONTROL = b"private, no-cache"
DIGITS = 30  # of the digest, which are 120 bits


def strong_tag(hexdigest: str) -> str:
    """Returns the tag of a content with this digest, for one encoding of it."""
    return f'"{hexdigest[:DIGITS]}"'
