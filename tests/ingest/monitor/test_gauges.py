"""Readings are shown as long as they are true; rows of queries become gauges."""

from ingest.monitor.database import disk
from ingest.monitor.gauges import Gauge, Readings
from ingest.monitor.parts import reading_of

GAUGES = (Gauge("one", "First."), Gauge("two", "Second.", ("kind",)))


def shown(readings: Readings) -> dict[str, list[tuple[dict[str, str], float]]]:
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in readings.collect()
    }


def test_a_reading_that_grows_old_is_absent_and_its_name_stays() -> None:
    now = [0.0]
    readings = Readings(GAUGES, lambda: now[0])
    assert shown(readings) == {"one": [], "two": []}
    readings.put("a", {"one": [((), 1.0)]}, 60)
    readings.put("b", {"two": [(("x",), 2.0)]}, 30)
    now[0] = 29.0
    assert shown(readings) == {"one": [({}, 1.0)], "two": [({"kind": "x"}, 2.0)]}
    now[0] = 30.0
    assert shown(readings) == {"one": [({}, 1.0)], "two": []}
    now[0] = 61.0
    assert shown(readings) == {"one": [], "two": []}


def test_a_new_reading_takes_the_place_of_the_last() -> None:
    readings = Readings(GAUGES, lambda: 0.0)
    readings.put("a", {"two": [(("x",), 2.0), (("y",), 3.0)]}, 60)
    readings.put("a", {"two": [(("y",), 4.0)]}, 60)
    assert shown(readings)["two"] == [({"kind": "y"}, 4.0)]


def test_rows_without_a_value_are_left_out() -> None:
    rows = [("one", [], 1), ("two", ["x"], None), ("two", ["y"], 2)]
    assert reading_of(rows) == {"one": [((), 1.0)], "two": [(("y",), 2.0)]}


def test_the_disk_is_full_when_the_growth_has_filled_what_is_free() -> None:
    found = {
        "stockpulse_database_bytes": [((), 700.0)],
        "stockpulse_wal_bytes": [((), 100.0)],
        "stockpulse_database_growth_bytes_per_day": [((), 40.0)],
    }
    assert disk(found, 1000) == {
        "stockpulse_disk_bytes": [((), 1000.0)],
        "stockpulse_disk_full_days": [((), 5.0)],
    }


def test_a_database_that_shrinks_or_whose_growth_is_unknown_never_fills_the_disk() -> None:
    found = {"stockpulse_database_bytes": [((), 700.0)]}
    shrinking = {**found, "stockpulse_database_growth_bytes_per_day": [((), -40.0)]}
    for known in (found, shrinking):
        assert disk(known, 1000) == {"stockpulse_disk_bytes": [((), 1000.0)]}


def test_a_disk_that_is_full_has_no_days_left() -> None:
    found = {
        "stockpulse_database_bytes": [((), 2000.0)],
        "stockpulse_database_growth_bytes_per_day": [((), 40.0)],
    }
    assert disk(found, 1000)["stockpulse_disk_full_days"] == [((), 0.0)]
