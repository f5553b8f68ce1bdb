"""Any sequence of events in a tick store ends with candles that equal their trades."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.candles import verify as verifying
from ingest.store.store import opened
from tests import support
from tests.soak.life import Life, quiet_bar

EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "10")) // 2
DAYS = (25, 13, 9, 3, 1)  # ago; trades are kept for 12 once `retain` runs


# Few days, minutes and ids, so that ticks meet, tie and come again.
drawn_ticks = st.tuples(
    st.sampled_from(DAYS),
    st.sampled_from([0, 1, 59, 60, 719, 720, 1439]),  # minute of the day
    st.sampled_from([0, 1, 59_999_999]),  # microsecond of the minute
    st.sampled_from("AB"),
    st.sampled_from(["sim", "new"]),
    st.integers(0, 2),  # number among those of one instant, and its id
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("insert"), st.lists(drawn_ticks, min_size=1, max_size=8)),
        st.tuples(st.just("fill"), st.sampled_from([25, 16])),
        st.tuples(st.just("crash"), st.lists(drawn_ticks, min_size=1, max_size=8)),
        st.tuples(st.just("insert_late"), st.lists(drawn_ticks, min_size=1, max_size=2)),
        st.tuples(st.just("correct"), st.lists(drawn_ticks, min_size=1, max_size=3)),
        st.tuples(st.just("cancel"), st.lists(drawn_ticks, min_size=1, max_size=3)),
        st.tuples(st.just("refresh"), st.sampled_from([False, True])),
        st.tuples(st.sampled_from(["compress", "retain"]), st.none()),
    ),
    min_size=2,
    max_size=8,
)


def wrong(url):
    """Returns the candles that are wrong and that no refresh is due to correct."""
    found = verifying.verify(url, quiet_bar)
    return [str(difference) for difference in found.first if not difference.pending]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_any_sequence_of_events_ends_with_exact_candles(database, template, steps):
    with support.database_like(database.url, template) as url, opened(url) as store:
        life = Life(url, store)
        try:
            for name, argument in steps:
                getattr(life, name)(argument)
                assert wrong(url) == []
            life.refresh(False)
            found = verifying.verify(url, quiet_bar)
            assert (found.wrong, found.pending) == (0, 0), list(map(str, found.first))
        finally:
            life.store.close()
