"""The age of a message before it is published: of every format, and as the loader sees it."""

from datetime import UTC, datetime

import msgspec
import pytest

from ingest.batch.age import AgeLimit, find_old
from tests.ingest import made
from tests.ingest.amended import cancel, end, replacement

NOON = "2026-02-27T12:00:00.000000Z"
LIMITS = {"trade": AgeLimit(NOON, "why")}
OLD = "2026-02-27T11:59:59.999999Z"
MS = int(datetime(2026, 2, 27, 12, tzinfo=UTC).timestamp()) * 1000


def finnhub(*millis):
    data = [{"s": "A", "p": 1, "t": MS + one, "v": 1} for one in millis]
    return msgspec.json.encode({"type": "trade", "data": data})


def legacy(time):
    return msgspec.json.encode({"symbol": "A", "price": 1, "volume": 1, "event_time": time})


@pytest.mark.parametrize(
    "value, time",
    [
        pytest.param(made.trade(event_time=NOON), None, id="at-the-limit"),
        pytest.param(made.trade(event_time=OLD), OLD, id="native"),
        pytest.param(made.trade(event_time=OLD, flags=["backfill"]), OLD, id="flagged"),
        pytest.param(made.trade(event_time="2026-02-27T12:00:00Z"), None, id="short"),
        pytest.param(made.trade(event_time="2026-02-27T11:59:59.999999999Z"), OLD, id="nano"),
        pytest.param(
            made.trade(event_time="2026-02-27T13:59:59.999999+02:00"), OLD, id="of-another-zone"
        ),
        pytest.param(made.trade(event_time="20260227T115959.999999Z"), OLD, id="basic"),
        pytest.param(
            made.trade(event_time=str(MS - 1000)), "2026-02-27T11:59:59.000000Z", id="unix"
        ),
        pytest.param(made.quote(event_time=OLD), None, id="quote-kept-for-ever"),
        pytest.param(cancel(1, event_time=OLD), OLD, id="cancel"),
        pytest.param(replacement(1, event_time=OLD), OLD, id="replacement"),
        pytest.param(
            end(0, since="2026-02-27T11:00:00Z", until="2026-02-27T12:00:00Z"),
            "2026-02-27T11:00:00.000000Z",
            id="end-of-batch",
        ),
        pytest.param(finnhub(0, 5), None, id="finnhub"),
        pytest.param(finnhub(0, -1, -2), "2026-02-27T11:59:59.999000Z", id="any-of-a-frame"),
        pytest.param(legacy("2026-02-27T11:59:59.999999Z"), OLD, id="legacy"),
        pytest.param(legacy("2026-02-27T12:00:00Z"), None, id="legacy-kept"),
        pytest.param(b"[" + made.trade(event_time=OLD) + b"]", OLD, id="list"),
        pytest.param(b"poison", None, id="not-json"),
        pytest.param(b"\xff", None, id="not-utf8"),
        pytest.param(b"[" * 100_000, None, id="nested-too-deep"),
        pytest.param(b'{"type":"ping"}', None, id="heartbeat"),
        pytest.param(
            b'{"v":1,"kind":"feed","state":"heartbeat","source":"sim","session":"1",'
            b'"until":"2001-01-01T00:00:00Z"}',
            None,
            id="marker-of-a-feed",
        ),
        pytest.param(made.trade(event_time="1999-01-01T00:00:00Z"), None, id="out-of-range"),
    ],
)
def test_an_event_before_the_limit_is_found(value, time):
    assert find_old(value, LIMITS) == (None if time is None else ("trade", time))


@pytest.mark.parametrize("time", ["2026-02-20T00:00:00Z", "2026-02-20T23:59:59.999999Z"])
def test_what_came_back_from_the_archive_is_not_too_old(time):
    held = ("2026-02-20T00:00:00.000000Z", "2026-02-21T00:00:00.000000Z")
    assert find_old(made.trade(event_time=time), {"trade": AgeLimit(NOON, "why", (held,))}) is None
    after = made.trade(event_time="2026-02-21T00:00:00Z")
    assert find_old(after, {"trade": AgeLimit(NOON, "why", (held,))}) == ("trade", held[1])
