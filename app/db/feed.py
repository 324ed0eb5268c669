"""The feed in SQL: number what is committed, and read events by position or by their subject's version.

Positions are given out after commit, in batches under the lock of the one `feed` row, so whoever reads up to any
position has read everything before it.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from asyncpg import Connection, Record
from asyncpg.pool import PoolConnectionProxy

from app.db.rows import json_of
from app.domain.access import Role, Viewer

Session: TypeAlias = Connection | PoolConnectionProxy

# How many events one statement numbers at most
BATCH = 1000

# Lock first: the next statement then has a snapshot that holds all that earlier batches did. Without parameters all of
# it is one simple-protocol message, so one implicit transaction that a frozen or killed client cannot leave half-way.
# What the last one did is all that such a message answers with, so that is the numbering.
NUMBER = f"""
SET LOCAL lock_timeout = '2s';
SELECT head FROM feed FOR UPDATE;
WITH batch AS (
    SELECT id, row_number() OVER (ORDER BY id) AS n
    FROM (SELECT id FROM events WHERE position IS NULL ORDER BY id LIMIT {BATCH}) AS unnumbered
), raised AS (
    UPDATE feed SET head = head + (SELECT count(*) FROM batch) WHERE EXISTS (SELECT FROM batch)
)
UPDATE events SET position = feed.head + batch.n FROM batch, feed WHERE events.id = batch.id
"""
UNNUMBERED = "SELECT EXISTS (SELECT FROM events WHERE position IS NULL)"
BOUNDS = """
SELECT head, coalesce((SELECT id FROM events WHERE position = head), 0) AS head_id,
       floor, coalesce((SELECT id FROM events WHERE position = floor), 0) AS floor_id,
       coalesce((SELECT id FROM events WHERE position = $1), 0) AS id_there
FROM feed
"""
# An old event is followed by old ones only, but for instants a moment apart: the first young one ends the walk.
RAISE_FLOOR = """
UPDATE feed SET floor = greatest(floor, coalesce(
    (SELECT position FROM events WHERE position > feed.floor AND at >= $1 ORDER BY position LIMIT 1) - 1, head))
RETURNING floor
"""
FORGET_WORDS = "DELETE FROM past_words WHERE at < $1::timestamptz - interval '1 hour'"


@dataclass(frozen=True, slots=True)
class Event:
    """A row of `events`: what happened to a subject, at which of its versions, and whom it concerns."""

    id: int
    position: int | None
    subject: str
    subject_id: UUID
    version: int
    kind: str
    at: datetime
    due_at: datetime | None
    detected_at: datetime | None
    by: str
    by_account_id: UUID | None
    order_id: UUID | None
    seller_id: UUID | None
    salesperson_id: UUID | None
    buyer_id: UUID | None
    data: dict[str, Any]


class Mark(NamedTuple):
    """A place in the feed: the position and the event there, 0 where there is none."""

    position: int
    id: int


class Bounds(NamedTuple):
    """How far the feed is numbered, from where it is served, and which event stands at the position asked about."""

    head: Mark
    floor: Mark
    id_there: int


COLUMNS = ", ".join(f'"{field.name}"' for field in fields(Event))


def _event(row: Record) -> Event:
    """The row as an event."""
    columns = dict(row)
    columns["data"] = json_of(columns["data"])
    return Event(**columns)


async def number_next(session: Session) -> int:
    """Number one batch of what is committed and unnumbered; how many events it had, BATCH where there may be more."""
    # the check costs a tenth of the batch's commit, and most calls find that somebody else has done the work
    if not await session.fetchval(UNNUMBERED):
        return 0
    return int((await session.execute(NUMBER)).removeprefix("UPDATE "))


async def bounds(session: Session, position: int = 0) -> Bounds:
    """The feed's head and floor, and the id of the event at a position."""
    row = await session.fetchrow(BOUNDS, position)
    if row is None:
        raise LookupError("the feed has no row: the database is not migrated")
    return Bounds(Mark(row["head"], row["head_id"]), Mark(row["floor"], row["floor_id"]), row["id_there"])


async def read_from(session: Session, mark: Mark, limit: int) -> list[Event]:
    """The event at the mark, if it has one, and up to `limit` behind it."""
    rows = await session.fetch(
        f"SELECT {COLUMNS} FROM events WHERE position >= $1 ORDER BY position LIMIT $2", mark.position, limit + 1
    )
    return [_event(row) for row in rows]


async def read_feed(session: Session, viewer: Viewer, after: int, limit: int) -> list[Event]:
    """A viewer's events behind a position, in order, of whatever kind."""
    whose, who = _whose(viewer)
    rows = await session.fetch(
        f"SELECT {COLUMNS} FROM events WHERE position > $1 AND ({whose}) ORDER BY position LIMIT $2",
        *(after, limit, *who),
    )
    return [_event(row) for row in rows]


def _whose(viewer: Viewer) -> tuple[str, tuple[UUID | None, ...]]:
    """The condition under which an event is in a viewer's feed; `streams.topic_of` is its twin in memory."""
    if not viewer.reads:
        return "false", ()
    if viewer.role is Role.OPERATOR:
        return "true", ()
    if viewer.role is Role.BUYER:
        return "buyer_id = $3", (viewer.account_id,)
    if viewer.sees_all:
        return "seller_id = $3", (viewer.seller_id,)
    return "seller_id = $3 AND salesperson_id = $4", (viewer.seller_id, viewer.account_id)


async def read_subject(session: Session, subject_id: UUID, after: int, limit: int) -> list[Event]:
    """A subject's events behind a version, in order, those not yet numbered included."""
    rows = await session.fetch(
        f"SELECT {COLUMNS} FROM events WHERE subject_id = $1 AND version > $2 ORDER BY version LIMIT $3",
        *(subject_id, after, limit),
    )
    return [_event(row) for row in rows]


async def read_event(session: Session, event_id: int) -> Event | None:
    """One event."""
    row = await session.fetchrow(f"SELECT {COLUMNS} FROM events WHERE id = $1", event_id)
    return None if row is None else _event(row)


async def last_version(session: Session, subject_id: UUID) -> int:
    """The version of a subject's latest event, 0 when it has none."""
    version: int | None = await session.fetchval("SELECT max(version) FROM events WHERE subject_id = $1", subject_id)
    return version or 0


async def raise_floor(session: Session, before: datetime) -> int:
    """Stop serving cursors of events older than an instant, and return the new floor; the events themselves stay.

    What orders were found by until then is forgotten, a while later for the sake of instants a moment apart.
    """
    async with session.transaction():
        await session.execute("SELECT FROM feed FOR UPDATE")
        floor: int = await session.fetchval(RAISE_FLOOR, before)
        await session.execute(FORGET_WORDS, before)
        return floor
