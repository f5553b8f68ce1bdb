"""A hub that gives what it is told to."""

from typing import Self

from api.errors import Problem
from api.stream.events import Fault, Message
from api.stream.subscription import Subscription


class StubSubscriber:
    """Messages of a list."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def tell(self, fault: Fault) -> None:
        self.messages.append(Message((), "", fault))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        if not self.messages:
            raise StopAsyncIteration
        return self.messages.pop(0)


class StubHub:
    """Keeps the last subscription."""

    def __init__(self) -> None:
        self.problem: Problem | None = None
        self.subscriber: StubSubscriber = None  # type: ignore[assignment]
        self.subscription: Subscription = None  # type: ignore[assignment]

    async def subscribe(self, subscription: Subscription) -> StubSubscriber:
        if self.problem is not None:
            raise self.problem
        self.subscription = subscription
        self.subscriber = StubSubscriber()
        return self.subscriber

    async def change(self, subscriber: StubSubscriber, subscription: Subscription) -> None:
        assert subscriber is self.subscriber
        self.subscription = subscription
