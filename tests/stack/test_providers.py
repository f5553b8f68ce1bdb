"""The first available provider is used; the error names every one that is not."""

import pytest

from db.errors import StockpulseError
from stack.providers import Unavailable, first, silent


def unavailable() -> str:
    raise Unavailable("no water")


def test_the_first_available_provider_is_used_and_skipped_ones_are_reported() -> None:
    lines: list[str] = []
    providers = [("a", unavailable), ("b", lambda: "b"), ("c", unavailable)]
    assert first("boat", providers, lines.append) == "b"
    assert lines == ["boat: skipped a: no water"]


def test_the_error_names_every_provider_and_its_reason() -> None:
    with pytest.raises(
        StockpulseError, match="no boat is available; tried a: no water; b: no water"
    ):
        first("boat", [("a", unavailable), ("b", unavailable)], silent)
