"""Makes and revokes API keys in the database under test, as `stockpulse keys` does."""

import hashlib

import psycopg

KEY = "sp_" + "k" * 43
OTHER = "sp_" + "o" * 43


def make_key(url: str, name: str = "ada", key: str = KEY, rate: int | None = None) -> str:
    """Stores a key and returns it."""
    with psycopg.connect(url) as conn:
        conn.execute(
            "insert into ops.api_keys (key_sha256, name, rate_per_minute) values (%s, %s, %s)",
            [hashlib.sha256(key.encode()).digest(), name, rate],
        )
    return key


def revoke(url: str, name: str = "ada") -> None:
    """Revokes the key of a name."""
    with psycopg.connect(url) as conn:
        conn.execute("update ops.api_keys set revoked_at = now() where name = %s", [name])


def bearer(key: str = KEY) -> dict[str, str]:
    """Returns the header with a key."""
    return {"Authorization": f"Bearer {key}"}
