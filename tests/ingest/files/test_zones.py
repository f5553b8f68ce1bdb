"""Zones that are ahead of another one, over its changes of the clocks."""

from datetime import UTC, datetime

import pytest

from ingest.files.zones import zone_of


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-01-05T00:00:00", "2026-01-04T22:00:00"),
        ("2026-03-06T23:59:59", "2026-03-06T21:59:59"),
        ("2026-03-09T00:00:00", "2026-03-08T21:00:00"),  # Europe's clocks change weeks later
        ("2026-07-01T12:00:00", "2026-07-01T09:00:00"),
        ("2026-10-30T12:00:00", "2026-10-30T09:00:00"),  # and weeks earlier
        ("2026-11-02T12:00:00", "2026-11-02T10:00:00"),
    ],
)
def test_clocks_ahead_of_new_york_change_with_it(local: str, utc: str) -> None:
    zone = zone_of("America/New_York+7")
    moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    assert moment.astimezone(UTC).replace(tzinfo=None).isoformat() == utc
    assert moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None).isoformat() == local


def test_the_hour_that_is_there_twice_is_that_of_new_york() -> None:
    zone = zone_of("America/New_York+7")
    first = datetime(2026, 11, 1, 8, 30, tzinfo=zone)
    assert first.astimezone(UTC).hour == 5
    assert first.replace(fold=1).astimezone(UTC).hour == 6
    assert datetime(2026, 11, 1, 6, 30, tzinfo=UTC).astimezone(zone).fold == 1


@pytest.mark.parametrize("name", ["Etc/GMT+5", "Europe/Athens", "UTC", "America/New_York+7"])
def test_zones_have_their_names(name: str) -> None:
    assert zone_of(name).key == name


@pytest.mark.parametrize("name", ["Nowhere", "New York+7", "Nowhere+7", "Europe/Athens+", "../x"])
def test_zones_that_there_are_not_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        zone_of(name)
