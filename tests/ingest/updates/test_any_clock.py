"""Whatever clocks, kills and downtime do, no hour is missed, and none is published twice."""

import json
import os
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st

from tests import support
from tests.ingest.updates.conftest import HOUR, SATURDAY, Killed

EXAMPLES = max(1, int(os.environ.get("SOAK_EXAMPLES", "30")) // 30)
SINCE = SATURDAY - 12 * HOUR
DAY = timedelta(days=1)
IN_FLIGHT = 8  # hours that were sent, but not noted as done, when a process was killed

steps = st.lists(
    st.one_of(
        st.tuples(st.just("time passes"), st.integers(1, 3000)),  # minutes
        st.tuples(st.just("down for a week"), st.just(7 * 24 * 60)),
        st.tuples(st.just("clock is off by"), st.integers(-8 * 24, 8 * 24)),  # hours
        st.tuples(st.just("killed after"), st.integers(0, 30)),  # hours
        st.tuples(st.just("revised"), st.integers(0, 8)),  # the hour, counted from SINCE
    ),
    max_size=6,
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
@example(
    steps=[
        ("killed after", 3),
        ("time passes", 60),
        ("clock is off by", 168),
        ("time passes", 600),
        ("clock is off by", 0),
        ("revised", 4),
        ("down for a week", 7 * 24 * 60),
        ("clock is off by", -30),
    ]
)
def test_no_hour_is_missed_and_none_is_published_twice(
    update, query, broker, read_topic, venue, fake_time, killer, steps
):
    topic = support.unique("topic")
    broker.create_topics([topic], partitions=1)
    query("truncate ops.update_runs, ops.download_hours")
    fake_time.seconds, fake_time.start, killer.after = 0.0, SATURDAY, None
    venue.revisions.clear()
    kills = 0
    for step, number in [*steps, ("clock is off by", 0), ("time passes", 60)]:
        if step in ("time passes", "down for a week"):
            fake_time.seconds += number * 60
        elif step == "clock is off by":
            fake_time.start = SATURDAY + number * HOUR
        elif step == "revised":
            venue.revise("BTCUSD", SINCE + number * HOUR)
        else:
            killer.after = number
        try:
            update(SINCE, topic=topic)
        except Killed:
            kills += 1
    event(f"{kills} kills")
    end = (venue.now - timedelta(minutes=10)).replace(minute=0, second=0, microsecond=0) - 2 * HOUR
    expected = {SINCE + number * HOUR for number in range(int((end - SINCE) / HOUR))}
    wait = "select max(next_try_at) - %s from ops.download_hours where hour < %s"
    [(seconds,)] = query(f"select extract(epoch from ({wait}))::float", fake_time.now(), end)
    if seconds is not None and seconds > 0:  # asked for too early, an ordinary wait ago
        fake_time.seconds += max(seconds, 3600)
        update(SINCE, topic=topic)
    done = query("select hour from ops.download_hours where state = 'done'")
    assert expected <= {hour for (hour,) in done}
    messages = [json.loads(record.value) for record in read_topic(topic)]
    ends = Counter(
        datetime.fromisoformat(each["since"]) for each in messages if each["kind"] == "batch_end"
    )
    assert expected <= set(ends)
    again = {hour: n - 1 - venue.revisions["BTCUSD", hour] for hour, n in ends.items()}
    assert sum(count for count in again.values() if count > 0) <= IN_FLIGHT * kills
