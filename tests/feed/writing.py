"""Writes events as the product does: under their subject's lock, with its next version."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, fields
from dataclasses import field as column
from datetime import UTC, datetime
from uuid import UUID, uuid4

from app.db.engine import Connection
from app.db.feed import Event
from app.domain.access import Role, Viewer

KINDS = frozenset({"PAID", "DISPATCHED", "SECRET"})
AT = datetime(2024, 5, 1, 12, tzinfo=UTC)
# The table of subjects stands for the orders' rows: a version, and a lock on it.
SUBJECTS = """
CREATE TABLE subjects (id uuid PRIMARY KEY, version bigint NOT NULL, seller_id uuid, salesperson_id uuid, buyer_id uuid)
"""
BUMP = "UPDATE subjects SET version = version + 1 WHERE id = $1 RETURNING *"
INSERT = """
INSERT INTO events (subject, subject_id, version, kind, at, by, order_id, seller_id, salesperson_id, buyer_id, data)
VALUES ('ORDER', $1, $2, $3, $4, 'TIME', $1, $5, $6, $7, '{"n": 1}') RETURNING id
"""


@dataclass(frozen=True)
class Subject:
    """An order as far as the feed knows it."""

    id: UUID = column(default_factory=uuid4)
    seller_id: UUID | None = column(default_factory=uuid4)
    salesperson_id: UUID | None = None
    buyer_id: UUID | None = column(default_factory=uuid4)


async def make_subjects(connection: Connection, subjects: list[Subject]) -> None:
    """Make the table of subjects and fill it."""
    await connection.execute(SUBJECTS)
    rows = [(it.id, 0, it.seller_id, it.salesperson_id, it.buyer_id) for it in subjects]
    await connection.executemany("INSERT INTO subjects VALUES ($1, $2, $3, $4, $5)", rows)


async def write(connection: Connection, subject_id: UUID, kind: str = "PAID", at: datetime = AT) -> int:
    """Add the next event of a subject and return its id; the subject stays locked until the transaction ends."""
    row = await connection.fetchrow(BUMP, subject_id)
    assert row is not None
    parties = row["seller_id"], row["salesperson_id"], row["buyer_id"]
    made: int = await connection.fetchval(INSERT, subject_id, row["version"], kind, at, *parties)
    return made


async def until(reached: Callable[[], bool], within: float = 30) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(within):
        while True:
            if reached():
                return
            await asyncio.sleep(0.01)


def event(position: int, **columns: object) -> Event:
    """An event that was never in a table."""
    facts: dict[str, object] = dict.fromkeys(field.name for field in fields(Event))
    facts |= {"id": position + 1000, "position": position, "subject": "ORDER", "subject_id": UUID(int=1)}
    facts |= {"version": position, "kind": "PAID", "at": AT, "by": "TIME", "order_id": UUID(int=1), "data": {}}
    return Event(**(facts | columns))  # type: ignore[arg-type]


def visible_kinds(role: Role) -> frozenset[str]:
    """A small table of audiences: one kind is not for buyers."""
    return KINDS - {"SECRET"} if role is Role.BUYER else KINDS


OPERATOR = Viewer(Role.OPERATOR, UUID(int=9))


def buyer_of(subject: Subject) -> Viewer:
    """The buyer of a subject."""
    assert subject.buyer_id is not None
    return Viewer(Role.BUYER, subject.buyer_id)


def seller_of(subject: Subject) -> Viewer:
    """The seller's owner of a subject."""
    return Viewer(Role.OWNER, UUID(int=8), subject.seller_id)


def sales_of(subject: Subject) -> Viewer:
    """The salesperson of a subject, who sees what is assigned and nothing else."""
    assert subject.salesperson_id is not None
    return Viewer(Role.SALES, subject.salesperson_id, subject.seller_id, sees_all=False)
