"""The newest data is read once in a moment; the cache is off if its age is 0."""

from tests.api.conftest import Serve
from tests.api.store import Store, Tick, minute


def test_the_newest_data_is_read_once_in_a_moment(serve: Serve, store: Store) -> None:
    cached, uncached = serve(api_cache_ms=60_000), serve(api_cache_ms=0)
    store.ticks("A", [Tick(minute(2), "1")])
    for path in ("/ticks/latest?symbol=A", "/bars/latest?symbol=A"):
        assert [api.get(path).json()["count"] for api in (cached, uncached)] == [1, 1]
    store.ticks("A", [Tick(minute(1), "2")])
    for path in ("/ticks/latest?symbol=A", "/bars/latest?symbol=A"):
        assert [api.get(path).json()["count"] for api in (cached, uncached)] == [1, 2]
    assert cached.get("/ticks/latest?symbol=A&limit=2").json()["count"] == 2
