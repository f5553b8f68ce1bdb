"""The requests that use the database: so many at once, the others are refused at once.

A request counts from its first query that nobody else had asked until its answer begins. Answers
from the cache, and those that another request waits for already, cost nothing and are not refused.
"""

from contextvars import ContextVar

from api.errors import Busy
from api.warnings import Seldom

PER_CONNECTION = 4  # requests: one has the connection, three keep it busy
WAITING_PER_CONNECTION = 16  # requests under way of any kind; a bound of the work of one moment


class Request:
    """A request under way."""

    counted = False  # as one that uses the database
    ended = False  # its answer has begun: what follows, of a stream, does not count


_current: ContextVar[Request | None] = ContextVar("request", default=None)


class Load:
    """Counts requests, and refuses those that are too many for a number of connections."""

    def __init__(self, connections: int) -> None:
        self._most = connections * PER_CONNECTION
        self._most_under_way = connections * WAITING_PER_CONNECTION
        self._warnings = Seldom(__name__)
        self.using_database = 0
        self.under_way = 0
        self.refused = 0

    @property
    def is_full(self) -> bool:
        """Whether one more request would be too many."""
        return self.using_database >= self._most or self.under_way >= self._most_under_way

    def refuse(self) -> Busy:
        """Counts a refusal and returns what to tell the client."""
        self.refused += 1
        self._warnings.warn("too many requests", using_database=self.using_database)
        return Busy("Too many requests are under way; try again in a second.")

    def begin(self) -> Request:
        """Returns a request that is now under way, and the current one of this task."""
        request = Request()
        _current.set(request)
        self.under_way += 1
        return request

    def end(self, request: Request) -> None:
        """Stops to count a request."""
        request.ended = True
        self.under_way -= 1
        self.using_database -= request.counted

    def use_database(self) -> None:
        """Counts the current request as one that uses the database; raises Busy."""
        request = _current.get()
        if request is None or request.counted or request.ended:
            return
        if self.using_database >= self._most:
            raise self.refuse()
        request.counted = True
        self.using_database += 1
