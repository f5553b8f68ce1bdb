"""A login or a certificate that is refused while the loader runs, until it gives up.

Brokers refuse logins for seconds while they restart; a password that was changed they refuse
for ever.
"""

import time

from confluent_kafka import KafkaError, KafkaException

from ingest.kafka.broker_errors import LOGIN_REFUSED
from ingest.kafka.client import BrokerRefused, Client

PATIENCE_SECONDS = 60.0
AGAIN_SECONDS = 20.0  # longest between two attempts of librdkafka to connect
ASK_SECONDS = 3.0


class RefusedLogin:
    """The refusals of one client; the clock is the monotonic one."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0
        self._text = ""

    def note(self, error: KafkaError) -> None:
        """Keeps an error if it is a refusal."""
        if error.code() in LOGIN_REFUSED:
            self._last = time.monotonic()
            self._text = error.str()
            if self._first is None:
                self._first = self._last

    def check(self, kafka: Client) -> None:
        """Raises BrokerRefused if logins are refused for PATIENCE_SECONDS, and none succeeds."""
        now = time.monotonic()
        if self._first is None or now - self._first < PATIENCE_SECONDS:
            return
        self._first = None
        if now - self._last > AGAIN_SECONDS:
            return  # it has ended
        try:
            kafka.list_topics(timeout=ASK_SECONDS)  # another broker may let it in
        except KafkaException as error:
            raise BrokerRefused(f"no broker lets the loader in: {self._text}") from error
