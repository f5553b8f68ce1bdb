"""A batch that takes long to store: the loader pauses, can be stopped, and logs what it drops."""

from tests.ingest.loader.loaders import ids, load_all, publish, ticks


def test_a_slow_database_pauses_the_loader_and_loses_nothing(given, paused, query):
    running, blocker = paused
    publish(given, ticks(220, 420))
    blocker.rollback()
    running.wait_for_rows(420)
    assert running.end().duplicates == 0
    assert ids(query) == list(range(420))


def test_a_stop_ends_a_loader_whose_next_batch_is_full(given, paused, query):
    running, blocker = paused
    assert running.end().rows == 20
    blocker.rollback()
    load_all(given)
    assert ids(query) == list(range(220))


def test_a_batch_that_a_stop_gives_up_is_logged_as_such(paused, dropped):
    running, _blocker = paused
    running.end()
    assert dropped() == ["stopped waiting for the database"]


def test_a_loader_whose_offsets_were_moved_continues_at_the_new_ones(given, run, query, dropped):
    running = run(given)
    publish(given, ticks(10), partition=0)
    running.wait_for_rows(10)
    # As another loader would that stores the next five messages.
    query('update ops.kafka_offsets set next_offset = 15 where "partition" = 0')
    publish(given, ticks(10, 20), partition=0)
    running.wait_for_rows(15)
    assert running.end().rows == 15
    assert ids(query) == [*range(10), *range(15, 20)]
    assert set(dropped()) == {"the stored offsets have moved"}
