"""What events mean to a list of orders that somebody follows, and which list its cursors are of (DSK-2)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any

import orjson
from sqlalchemy import BigInteger, Uuid
from strawberry import UNSET

from app.db.feed import Session
from app.domain.access import SELLER_ROLES, Role, Viewer
from app.domain.order_lists import Counts, counted
from app.events.lists import Judged
from app.reads.binds import Binds, Getter, Moment, marked
from app.reads.visibility import Standing
from app.schema.order_filter import OrderFilter
from app.schema.order_judging import Judging
from app.schema.order_lists import narrow_orders
from app.schema.sheets import said

AFTER, MOST = "after", "most"


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement and what fills its parameters."""

    sql: str
    getters: tuple[Getter, ...]

    async def rows(self, session: Session, moment: Moment) -> Any:
        return await session.fetch(self.sql, *(get(moment) for get in self.getters))


@dataclass(frozen=True, slots=True)
class ListJudge:
    """Tells what events mean to one viewer's list of the orders of a filter."""

    viewer: Viewer
    now: Callable[[], datetime]
    _page: _Statement
    _counts: _Statement
    _missed: _Statement

    async def page(self, session: Session, after: int, limit: int) -> list[Judged]:
        """The events behind a position in the viewer's feed, each with the tabs its order was and is under."""
        rows = await self._page.rows(session, self._moment(after, limit))
        return [Judged(**{**row, "data": orjson.loads(row["data"])}) for row in map(dict, rows)]

    async def counts(self, session: Session, at: int) -> Counts:
        """How many orders were under each tab at a position: those of now, without what came since."""
        (row,) = await self._counts.rows(session, self._moment(at, 0))
        return counted(row["ceiling"], row["found"], row["limits"], row["more"])

    async def missed(self, session: Session, after: int, most: int) -> int:
        """How many events that may concern the list are behind a position; no more than `most` are counted."""
        (row,) = await self._missed.rows(session, self._moment(after, most))
        found: int = row[0]
        return found

    def _moment(self, after: int, most: int) -> Moment:
        return Moment({AFTER: after, MOST: most}, self.viewer, self.now())


def judge_of(filter: OrderFilter | None, viewer: Viewer, now: Callable[[], datetime]) -> ListJudge:
    """What judges events for a viewer's list of the orders of a filter; a Refusal when the filter is none."""
    binds, standing = Binds(), Standing.of(viewer)
    judging = Judging([rule(standing) for rule in narrow_orders(_placed(filter, binds))], standing)
    given = {AFTER: _given(binds, AFTER), MOST: _given(binds, MOST), "whose": _whose(viewer)}
    texts = (judging.page(**given), judging.counts(**given), judging.missed(**given))
    judge = ListJudge(viewer, now, *(_Statement(*binds.finish(text)) for text in texts))
    moment = Moment({AFTER: 0, MOST: 0}, viewer, now())
    for get in judge._page.getters:  # what cannot be a parameter is refused before anything is followed
        get(moment)
    return judge


def scope_of(filter: OrderFilter | None, viewer: Viewer) -> str:
    """What a list's cursors say of which list it is: digits that differ where the filter or who looks does."""
    sees = [viewer.role, viewer.account_id, viewer.seller_id, viewer.sees_all, viewer.reads]
    text = orjson.dumps([sees, None if filter is None else said(filter)], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]


def _given(binds: Binds, name: str) -> str:
    slot = binds.add(BigInteger(), lambda moment: moment.variables[name])
    return marked(slot.slot, slot.type)


def _placed(value: Any, binds: Binds) -> Any:
    """A filter with every scalar of it a place, as the conditions want it."""
    if value is None or value is UNSET or isinstance(value, bool | Enum):
        return value
    if isinstance(value, list):
        return [_placed(each, binds) for each in value]
    if hasattr(value, "__strawberry_definition__"):
        return replace(value, **{each.name: _placed(getattr(value, each.name), binds) for each in fields(value)})
    return binds.value(value, lambda moment: value)


def _whose(viewer: Viewer) -> str:
    """The condition under which an event may concern a viewer's list; `ListStream.topic` is its twin in memory.

    Not only those of the orders that sales look after: they must hear of what is given to somebody else.
    """
    if not viewer.reads:
        return "false"
    if viewer.role is Role.OPERATOR:
        return "true"
    if viewer.role in SELLER_ROLES:
        return f"e.seller_id = {marked('viewer_seller', Uuid())}"
    return f"e.buyer_id = {marked('viewer_account', Uuid())}"
