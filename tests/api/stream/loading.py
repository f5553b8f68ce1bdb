"""A loader of batches in tests of the stream: some, or at random in a thread."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from ingest.store.store import Store, opened
from tests.ingest import made
from tests.ingest.store.test_changes_followed import History


class Loader:
    """Stores batches one after the other, in one partition."""

    def __init__(self, store: Store, partition: int = 0) -> None:
        self._store = store
        self._partition = partition
        self._offsets = itertools.count()
        store.add_offsets(("t", partition), 0, "cluster", None)

    def put(self, *values: bytes) -> None:
        """Stores messages as one batch."""
        messages = [
            made.Message(value, next(self._offsets), partition=self._partition) for value in values
        ]
        self._store.store(made.batch(messages, partition=self._partition))


@contextmanager
def loader(url: str, partition: int = 0) -> Iterator[Loader]:
    """Gives a loader."""
    with opened(url) as store:
        yield Loader(store, partition)


class Load:
    """Batches at random, as fast as they are stored, until it is stopped."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._history = History(seed)
        self._stop = Event()
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run)
        self.batches = 0

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the load; raises what it failed with."""
        self._stop.set()
        self._thread.join()
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            with loader(self._url) as target:
                while not self._stop.is_set():
                    target.put(*self._history.batch())
                    self.batches += 1
                    self._stop.wait(0.01)
        except BaseException as error:
            self._error = error
