"""API keys: `sp_` and 32 random bytes. Only their digests are stored, compared and cached."""

import hashlib
import re
import secrets

PREFIX = "sp_"
RANDOM_BYTES = 32
KEY = re.compile(r"sp_[A-Za-z0-9_-]{43}", re.ASCII)
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)  # as in ops.api_keys


def new_key() -> str:
    """Returns a new key."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest(key: str) -> bytes:
    """Returns the SHA-256 of a key."""
    return hashlib.sha256(key.encode()).digest()
