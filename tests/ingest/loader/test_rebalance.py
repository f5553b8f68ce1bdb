"""Several loaders of one group: partitions move between them, and no message is lost or doubled."""

import itertools

from tests.ingest.loader.loaders import changed, ids, load_all, offsets, publish, ticks


def test_two_loaders_share_the_partitions(given, run, query):
    first, second = run(given), run(given)
    published = 0

    def publish_more():
        nonlocal published
        publish(given, ticks(published, published + 8))
        published += 8
        return first.rows > 0 and second.rows > 0

    first.wait(publish_more, "both had stored something")
    assert first.wait(lambda: first.rows + second.rows == published, "all was stored") is None
    reports = [first.end(), second.end()]
    assert sum(report.rows for report in reports) == published
    assert sum(report.duplicates for report in reports) == 0
    assert ids(query) == list(range(published))


def test_a_rebalance_with_an_open_batch_loses_and_doubles_nothing(given, run, query):
    slow = run(changed(given, batch_ms=3_600_000))  # its batch stays open
    publish(given, ticks(40))
    slow.wait(lambda: len(offsets(query)) == 4, "it had its partitions")
    quick = run(given)
    quick.wait_for_rows(20)  # perhaps half of what the other one had polled
    reports = [slow.end(), quick.end(), load_all(given)]
    assert sum(report.rows for report in reports) == 40
    assert sum(report.duplicates for report in reports) == 0
    assert ids(query) == list(range(40))


def test_a_loader_that_leaves_gives_its_partitions_to_the_other(given, run, query):
    first, second = run(given), run(given)
    counter = itertools.count(0, 8)

    def publish_more():
        start = next(counter)
        publish(given, ticks(start, start + 8))
        return first.rows > 0 and second.rows > 0

    first.wait(publish_more, "both had stored something")
    first.end()
    publish_more()
    total = next(counter)
    second.wait(lambda: len(ids(query)) == total, "the rest was stored")
    assert second.end().duplicates == 0
    assert ids(query) == list(range(total))
