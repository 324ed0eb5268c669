"""What every client should have got, and what is wrong with what it got."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from app.db.engine import Connection
from app.domain.access import Role
from tests.feed.storm.clients import Client
from tests.feed.writing import visible_kinds


class Fact(NamedTuple):
    """What the judge needs to know of an event; an hour of storm must fit into memory."""

    id: int
    position: int | None
    subject_id: UUID
    version: int
    kind: str
    seller_id: UUID | None
    salesperson_id: UUID | None
    buyer_id: UUID | None


async def facts(connection: Connection) -> list[Fact]:
    """All events by position."""
    found, seen = list[Fact](), dict[object, object]()
    async with connection.transaction():
        async for row in connection.cursor(f"SELECT {', '.join(Fact._fields)} FROM events ORDER BY position, id"):
            found.append(Fact(*(seen.setdefault(value, value) for value in row)))  # type: ignore[arg-type]
    return found


def expected(client: Client, events: Sequence[Fact]) -> list[int]:
    """The client's events behind its start, told from the table and the rules alone."""
    assert client.start is not None, client.name
    behind = int(client.start.split(".")[1])
    return [
        event.id
        for event in events
        if _theirs(client, event) and (event.version if client.order else event.position or 0) > behind
    ]


def _theirs(client: Client, event: Fact) -> bool:
    """Whether an event belongs into a client's stream."""
    viewer = client.viewer
    if event.kind not in visible_kinds(viewer.role) or (client.kinds and event.kind not in client.kinds):
        return False
    if client.order:
        return event.subject_id == client.order
    if viewer.role is Role.OPERATOR:
        return True
    if viewer.role is Role.BUYER:
        return event.buyer_id == viewer.account_id
    return event.seller_id == viewer.seller_id and (viewer.sees_all or event.salesperson_id == viewer.account_id)


def faults(client: Client, events: Sequence[Fact]) -> list[str]:
    """Everything that is wrong with what a client got; nothing, if all is well."""
    wanted, got = expected(client, events), client.got.tolist()
    found = client.disorder[:3]
    if missing := sorted((Counter(wanted) - Counter(got)).elements()):
        found.append(f"missing {len(missing)} of {len(wanted)}, first {missing[0]}, last {missing[-1]}")
    if excess := sorted((Counter(got) - Counter(wanted)).elements()):
        found.append(f"doubled or foreign {len(excess)}, first {excess[0]}, last {excess[-1]}")
    if got != wanted:
        found.append("not the list of the table")
    return [f"{client.name}: {fault}; last connects {client.connects[-4:]}" for fault in found]
