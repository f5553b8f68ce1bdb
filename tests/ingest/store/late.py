"""Late trades of a live batch: their times, and how many wait."""

from datetime import UTC, datetime, timedelta

from ingest.store.store import opened
from tests.ingest import made
from tests.ingest.store.stores import add_partitions

TWELVE = datetime(2026, 2, 27, 12, tzinfo=UTC)
TWO_PM = 7200  # number of the first live trade
TWO_AM, THREE_AM = -36000, -32400

LATE_RANGES = """
select
    _timescaledb_functions.to_timestamp(lowest_modified_value),
    _timescaledb_functions.to_timestamp(greatest_modified_value)
from _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log as log
inner join _timescaledb_catalog.hypertable on hypertable_id = hypertable.id
where schema_name = 'market' and table_name = 'trades'
order by 1
"""


def live(count=18, first=0):
    return [made.trade(TWO_PM + number) for number in range(first, first + count)]


def seconds(*numbers):
    return tuple(TWELVE + timedelta(seconds=number) for number in numbers)


def count_late(query):
    [(count,)] = query("select count(*) from ops.late_events")
    return count


def store_without_flushing(url, *batches):
    """Stores batches as a loader does that dies before it flushes their late trades."""
    with opened(url) as store:
        add_partitions(store)
        store.flush_late = lambda: None
        for batch in batches:
            store.store(batch)
