"""A repeated parameter is merged if it is a list, else refused: it would be ignored silently."""

import httpx
import pytest

from tests.api.store import Store, Tick, minute


@pytest.mark.parametrize(
    "path, field",
    [
        ("/v1/bars?symbols=A&limit=1&limit=2", "limit"),
        ("/v1/bars?symbols=A&symbols=B&timeframe=1m&timeframe=1m", "timeframe"),
        ("/v1/bars/latest?symbols=A&source=x&source=y", "source"),
        ("/ticks/latest?symbol=A&symbol=B", "symbol"),
        ("/movers?minutes=5&minutes=6", "minutes"),
    ],
)
def test_repeated_parameters_are_refused(api: httpx.Client, path: str, field: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 422
    assert f"{field} must not be repeated" in answer.text


def test_repeated_symbols_are_merged(api: httpx.Client, store: Store) -> None:
    for symbol in ("A", "B", "C"):
        store.ticks(symbol, [Tick(minute(2), "1")])
    answer = api.get("/v1/bars?symbols=A,B&symbols=C")
    assert list(answer.json()["bars"]) == ["A", "B", "C"]
