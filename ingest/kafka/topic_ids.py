"""Notices that a topic was deleted and recreated.

librdkafka would go on reading the new topic at the offset it had reached in the old one.
"""

import time
from collections.abc import Sequence
from contextlib import suppress

from confluent_kafka.admin import AdminClient

from ingest.kafka import topics
from ingest.kafka.client import BrokerAway

REQUEST_SECONDS = 5.0  # between two requests for the ids


class TopicIds:
    """Ids of the assigned topics as they were last read, compared with those of now."""

    def __init__(self, admin: AdminClient) -> None:
        self._admin = admin
        self._names: Sequence[str] = ()
        self._ids: dict[str, str] = {}
        self._request: topics.IdRequest | None = None
        self._request_at = 0.0  # on the monotonic clock

    def read(self, names: Sequence[str]) -> dict[str, str]:
        """Returns the ids of topics and keeps them for have_changed(); raises BrokerAway."""
        self._names = names
        self._ids = topics.read_ids(self._admin, names)
        return self._ids

    def have_changed(self) -> bool:
        """Returns whether a topic has another id than it had at read(); never waits.

        Sends a request every REQUEST_SECONDS; a later call finds the answer.
        """
        if self._request is None:
            if self._ids and time.monotonic() >= self._request_at:
                self._request = topics.request_ids(self._admin, self._names)
            return False
        if not all(future.done() for future in self._request.values()):
            return False
        request, self._request = self._request, None
        self._request_at = time.monotonic() + REQUEST_SECONDS
        with suppress(BrokerAway):  # read() raises it where the answer is needed
            found = topics.receive_ids(request)
            return any(self._ids.get(name, id_) != id_ for name, id_ in found.items())
        return False
