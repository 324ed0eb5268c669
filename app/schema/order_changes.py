"""What an event means to a list of orders, judged by the list's own conditions: one predicate, three uses (DSK-2).

A list shows orders as they are. As an order was before an event it is the row of now with what that event and all later
ones of the order say that it was before (`events.listed_before`) put back; the earliest of them has the last word.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum
from typing import Any

import orjson
from sqlalchemy import BigInteger, ColumnElement, Uuid
from strawberry import UNSET

from app import reads
from app.db import tables as t
from app.db.feed import COLUMNS, Session
from app.domain.access import SELLER_ROLES, Role, Viewer
from app.domain.order_lists import SLACK, TABS, Counts, OrderSort, counted
from app.events.lists import Judged
from app.reads.binds import Binds, Getter, Moment, marked
from app.reads.rendering import direction, placed, template
from app.reads.visibility import Standing
from app.schema.order_filter import OrderFilter
from app.schema.order_lists import CEILING, SORTS, narrow_orders
from app.schema.order_lists import TABS as UNDER
from app.schema.sheets import said

AFTER, MOST = "after", "most"
# Conditions name the words of an order as a table, so those of then stand in its place
_REWORDED = """WITH order_words AS (
    SELECT p.order_id, p.words, p.seller_words, p.version FROM past_words AS p
    WHERE p.order_id = {id} AND p.version {than}
    UNION ALL SELECT w.order_id, w.words, w.seller_words, NULL FROM order_words AS w WHERE w.order_id = {id}
    ORDER BY version LIMIT 1
) """
_UNDONE = (
    "(SELECT jsonb_object_agg(d.key, d.value ORDER BY e.version DESC)"
    " FROM events AS e, jsonb_each(e.listed_before) AS d WHERE e.subject_id = {id} AND e.version {than})"
)
# OFFSET 0 keeps what is put back from being put together anew wherever it is named
_ROW = "LEFT JOIN orders AS o ON o.id = {id}"
_CONCERNS = "e.listed_before IS NOT NULL"
_PAGE = f"""
WITH page AS (
    SELECT {COLUMNS}, listed_before FROM events AS e WHERE e.position > {{after}} AND {{whose}}
    ORDER BY e.position LIMIT {{most}}
)
SELECT {COLUMNS}, judged.was, judged.now FROM page LEFT JOIN LATERAL (
    SELECT {{was}} AS was, {{now}} AS now
    FROM (SELECT coalesce({_UNDONE.format(id="page.subject_id", than="> page.version")}, '{{{{}}}}') AS past
        OFFSET 0) AS later
    {_ROW.format(id="page.subject_id")}
) AS judged ON page.listed_before IS NOT NULL ORDER BY position
"""
_COUNTS = f"""
WITH since AS (
    SELECT e.subject_id AS id, min(e.version) AS version FROM (
        SELECT subject_id, version FROM events AS e WHERE e.position > {{after}} AND {{whose}} AND {_CONCERNS}
        UNION ALL SELECT subject_id, version FROM events AS e WHERE e.position IS NULL AND {{whose}} AND {_CONCERNS}
    ) AS e GROUP BY e.subject_id
), judged AS MATERIALIZED (
    SELECT {{was}} AS was, {{now}} AS now FROM since
    CROSS JOIN LATERAL (SELECT {_UNDONE.format(id="since.id", than=">= since.version")} AS past OFFSET 0) AS later
    {_ROW.format(id="since.id")}
)
SELECT c.ceiling, ARRAY[{{counts}}] AS found, ARRAY[{{limits}}] AS limits, ARRAY[{{more}}] AS more
FROM (SELECT {{ceiling}} AS ceiling, {{sums}} FROM judged) AS c
"""
_COUNT = "(SELECT count(*) FROM (SELECT FROM orders AS o WHERE {where} ORDER BY {order} LIMIT {limit}) AS counted)"
_MISSED = (
    f"SELECT count(*) FROM (SELECT FROM events AS e WHERE e.position > {{after}} AND {{whose}} AND {_CONCERNS}"
    " LIMIT {most}) AS missed"
)


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
    narrow_orders(filter)
    judge = ListJudge(viewer, now, *(_statement(text, filter, viewer) for text in (_PAGE, _COUNTS, _MISSED)))
    moment = Moment({AFTER: 0, MOST: 0}, viewer, now())
    for get in judge._page.getters:
        get(moment)
    return judge


def scope_of(filter: OrderFilter | None, viewer: Viewer) -> str:
    """What a list's cursors say of which list it is: digits that differ where the filter or who looks does."""
    sees = [viewer.role, viewer.account_id, viewer.seller_id, viewer.sees_all, viewer.reads]
    text = orjson.dumps([sees, None if filter is None else said(filter)], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]


def _statement(text: str, filter: OrderFilter | None, viewer: Viewer) -> _Statement:
    binds, standing = Binds(), Standing.of(viewer)
    listed = _Listed(_placed(filter, binds), standing)
    after, most = (_given(binds, name) for name in (AFTER, MOST))
    filled = text.format(after=after, most=most, whose=_whose(viewer), **(listed.parts(text)))
    return _Statement(*binds.finish(filled))


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


class _Listed:
    """The conditions of a list as text."""

    def __init__(self, filter: OrderFilter | None, standing: Standing) -> None:
        rules = [reads.visible_orders, *narrow_orders(filter)]
        self._conditions = [_template(rule(standing)) for rule in rules]
        self._under = [_template(UNDER[tab]) for tab in TABS]

    def parts(self, text: str) -> dict[str, str]:
        """What stands in the places of a statement."""
        if text is _PAGE:
            was = self._tabs("page.subject_id", ">= page.version", "later.past || page.listed_before")
            return {"was": was, "now": self._tabs("page.subject_id", "> page.version", "later.past")}
        return self._counting() if text is _COUNTS else {}

    def _counting(self) -> dict[str, str]:
        keys = ((_template(key), down) for key, down in map(direction, SORTS[OrderSort.CREATED_DESC]))
        order = ", ".join(placed(key, "o") + (" DESC" if down else "") for key, down in keys)
        limits = [f"c.ceiling + {SLACK + 1} + greatest(c.more{at}, 0)" for at, _ in enumerate(TABS)]
        counts = [
            _COUNT.format(where=self._where("o", under), order=order, limit=limit)
            for under, limit in zip(self._under, limits, strict=True)
        ]
        sums = [
            f"coalesce(sum((judged.now >> {at} & 1) - (judged.was >> {at} & 1)), 0) AS more{at}"
            for at, _ in enumerate(TABS)
        ]
        return {
            "was": self._tabs("since.id", ">= since.version", "later.past"),
            "now": self._tabs("since.id", "IS NULL", "'{}'::jsonb"),
            "ceiling": template(CEILING, None),
            "counts": ", ".join(counts),
            "limits": ", ".join(limits),
            "more": ", ".join(f"c.more{at}" for at, _ in enumerate(TABS)),
            "sums": ", ".join(sums),
        }

    def _where(self, alias: str, under: str) -> str:
        return " AND ".join(f"({placed(each, alias)})" for each in [*self._conditions, under])

    def _tabs(self, id: str, than: str, past: str) -> str:
        """The tabs that an order was under, as bits, before the events of such versions; 0: it was not on the list.

        `past` is what those events say that it was.
        """
        bits = [f"coalesce({placed(under, 'r')}, false)::int << {at}" for at, under in enumerate(self._under)]
        listed = " AND ".join(["r.id IS NOT NULL", *(f"({placed(each, 'r')})" for each in self._conditions)])
        words = _REWORDED.format(id=id, than=than) if "order_words" in listed else ""
        tabs = f"CASE WHEN {listed} THEN {' | '.join(f'({bit})' for bit in bits)} ELSE 0 END"
        return f"({words}SELECT {tabs} FROM jsonb_populate_record(o, {past}) AS r)"


def _template(condition: ColumnElement[Any]) -> str:
    return template(condition, t.orders)
