"""Both sides' ears: the order's own subscription and the whole feed of each, resumed where they were cut."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from tests.api.people import Heard, Json, Listener, Person

EVENT = "event { kind version at dueAt detectedAt by facts { name value } order { id } }"
UPDATES = f"""
subscription Updates($id: ID!, $after: String) {{
  orderUpdates(orderId: $id, after: $after) {{ cursor {EVENT} order {{ version status overdue }} }}
}}"""
EVENTS = f"subscription Events($after: String) {{ events(after: $after) {{ cursor {EVENT} }} }}"
FEED = f"query Feed($after: String) {{ events(after: $after, first: 100) {{ messages {{ cursor {EVENT} }} }} }}"


class Ear:
    """One subscription, over as many connections as it takes."""

    def __init__(self, document: str, **variables: str) -> None:
        self.messages: list[Json] = []
        self.listener = Listener()
        self._document = document
        self._variables = variables

    @asynccontextmanager
    async def open(self, person: Person) -> AsyncIterator[None]:
        """Listen behind what was heard before, for the length of a block."""
        after = {"after": self.messages[-1]["cursor"]} if self.messages else {}
        async with person.connected() as socket:
            self.listener = await socket.listen(self._document, **self._variables, **after)
            if not after:
                # or what happens next may be in the first message already
                await self.listener.opened()
            yield
        self.messages += self.listener.messages

    async def kind(self, kind: str) -> Heard:
        """The first event of a kind since the last connection."""
        return await self.listener.kind(kind)

    @property
    def events(self) -> list[Json]:
        """All events heard over the connections that were closed."""
        return [message["event"] for message in self.messages if message["event"] is not None]


class Ears:
    """The two ears of one side."""

    def __init__(self, person: Person, order_id: str) -> None:
        self.person = person
        self.order = Ear(UPDATES, id=order_id)
        self.feed = Ear(EVENTS)
        self.both = (self.order, self.feed)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listen with both for the length of a block."""
        async with self.order.open(self.person), self.feed.open(self.person):
            yield

    async def paged(self) -> list[Json]:
        """The feed since the first message, page by page."""
        cursor = self.feed.messages[0]["cursor"]
        messages: list[Json] = (await self.person.ask(FEED, after=cursor))["events"]["messages"]
        return messages


def lag(heard: Heard) -> timedelta:
    """How long after the end of a deadline's last good second a subscriber heard of its lapse."""
    event = heard.message["event"]
    end = datetime.fromisoformat(event["dueAt"]) + timedelta(seconds=1)
    assert datetime.fromisoformat(event["detectedAt"]) >= end
    return heard.at - end
