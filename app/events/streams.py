"""What a subscriber can follow: the whole feed of a viewer, or the events of one order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from app.db import feed
from app.db.feed import Event, Session
from app.domain.access import Role, Viewer
from app.events import cursors

Kinds: TypeAlias = frozenset[str]
Topic: TypeAlias = tuple[str, *tuple[UUID | None, ...]]
NOBODYS: Topic = ("nobody",)
EVERYTHING: Topic = ("everything",)


class Stream(Protocol):
    """A part of the feed with an order of its own: `place` is an event's number in it.

    Kinds are sifted out here and not in SQL, where a page of a rare kind could take a walk through the whole table.
    """

    # whether every place is taken, so that a leap means that something was missed
    dense: bool
    # whether events are read with what they mean to the stream, so that one the tail offers is a ring and no more
    judged: bool

    @property
    def topic(self) -> Topic: ...

    async def read(self, session: Session, after: int, limit: int) -> list[Event]: ...

    def place(self, event: Event) -> int: ...

    def shows(self, event: Event) -> bool: ...

    def cursor(self, event: Event) -> str: ...


@dataclass(frozen=True, slots=True)
class FeedStream:
    """Everything a viewer may see of the given kinds, by position."""

    viewer: Viewer
    kinds: Kinds
    dense = False
    judged = False

    @property
    def topic(self) -> Topic:
        """Where the hub offers this viewer's events."""
        return topic_of(self.viewer)

    async def read(self, session: Session, after: int, limit: int) -> list[Event]:
        """A page behind a position."""
        return await feed.read_feed(session, self.viewer, after, limit)

    def place(self, event: Event) -> int:
        """The event's position."""
        return cursors.mark_of(event).position

    def shows(self, event: Event) -> bool:
        """Whether the event is of a kind asked for and visible."""
        return event.kind in self.kinds

    def holds(self, event: Event) -> bool:
        """Whether the event is in this viewer's feed at all."""
        return self.topic in topics_of(event)

    def cursor(self, event: Event) -> str:
        """The cursor that resumes behind the event."""
        return cursors.event_cursor(event)


@dataclass(frozen=True, slots=True)
class OrderStream:
    """The events of one order, by its version."""

    order_id: UUID
    kinds: Kinds
    dense = True
    judged = False

    @property
    def topic(self) -> Topic:
        """Where the hub offers this order's events."""
        return ("subject", self.order_id)

    async def read(self, session: Session, after: int, limit: int) -> list[Event]:
        """A page behind a version."""
        return await feed.read_subject(session, self.order_id, after, limit)

    def place(self, event: Event) -> int:
        """The order's version after the event."""
        return event.version

    def shows(self, event: Event) -> bool:
        """Whether the event is of a visible kind."""
        return event.kind in self.kinds

    def cursor(self, event: Event) -> str:
        """The cursor that resumes behind the event."""
        return cursors.order_cursor(event.version)


def topic_of(viewer: Viewer) -> Topic:
    """The topic that holds a viewer's events; the condition in `db.feed` is its twin in SQL."""
    if not viewer.reads:
        return NOBODYS
    if viewer.role is Role.OPERATOR:
        return EVERYTHING
    if viewer.role is Role.BUYER:
        return ("buyer", viewer.account_id)
    if viewer.seller_id is None:
        return NOBODYS
    if viewer.sees_all:
        return ("seller", viewer.seller_id)
    return ("sales", viewer.seller_id, viewer.account_id)


def topics_of(event: Event) -> Iterator[Topic]:
    """Every topic an event belongs to."""
    yield EVERYTHING
    yield ("subject", event.subject_id)
    if event.buyer_id is not None:
        yield ("buyer", event.buyer_id)
    if event.seller_id is not None:
        yield ("seller", event.seller_id)
        if event.salesperson_id is not None:
            yield ("sales", event.seller_id, event.salesperson_id)
