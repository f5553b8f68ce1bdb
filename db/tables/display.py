"""Styles of times and decimals in answers and tables."""

from typing import Any

import msgspec

TIME_STYLES = ("rfc3339", "s", "ms", "us", "ns")


class Display(msgspec.Struct, frozen=True):
    """Style and zone of times, and whether decimals are strings."""

    ts: str = TIME_STYLES[0]
    zone: str | None = None  # None: UTC
    as_strings: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The values for statements that call market.time_json() and market.decimal_json()."""
        return {"ts": self.ts, "tz": self.zone, "as_strings": self.as_strings}
