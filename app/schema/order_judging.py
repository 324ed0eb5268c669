"""The statements that judge events by the conditions of a list: one predicate, three uses (DSK-2).

A list shows orders as they are. As an order was before an event it is the row of now with what that event and all later
ones of the order say that it was before (`events.listed_before`) put back; the earliest of them has the last word.
"""

from functools import cache

from sqlalchemy import ColumnElement

from app.db import tables as t
from app.db.feed import COLUMNS
from app.domain.order_lists import SLACK, TABS, OrderSort
from app.reads.rendering import direction, placed, template
from app.reads.visibility import Standing, visible_orders
from app.schema.order_lists import CEILING, SORTS
from app.schema.order_lists import TABS as UNDER

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
PAGE = f"""
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
COUNTS = f"""
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
MISSED = (
    f"SELECT count(*) FROM (SELECT FROM events AS e WHERE e.position > {{after}} AND {{whose}} AND {_CONCERNS}"
    " LIMIT {most}) AS missed"
)


class Judging:
    """The conditions under which an order is on a list, as text; `narrowed` are those of its filter.

    Its texts name places that the statement is given: `after` and `most`, and whose events may concern the list.
    """

    def __init__(self, narrowed: list[ColumnElement[bool]], standing: Standing) -> None:
        self._conditions = [_visible(standing), *(template(each, t.orders) for each in narrowed)]

    def page(self, **given: str) -> str:
        """The events behind a position, each with the tabs that its order was and is under."""
        was = self._tabs("page.subject_id", ">= page.version", "later.past || page.listed_before")
        now = self._tabs("page.subject_id", "> page.version", "later.past")
        return PAGE.format(was=was, now=now, **given)

    def missed(self, **given: str) -> str:
        """How many events that may concern the list are behind a position."""
        return MISSED.format(**given)

    def counts(self, **given: str) -> str:
        """How many orders are found under each tab, up to a limit, and how many of them came behind a position."""
        numbers = range(len(TABS))
        limits = [f"c.ceiling + {SLACK + 1} + greatest(c.more{at}, 0)" for at in numbers]
        counts = [
            _COUNT.format(where=self._where("o", under), order=_newest(), limit=limit)
            for under, limit in zip(_under(), limits, strict=True)
        ]
        sums = [f"coalesce(sum((judged.now >> {at} & 1) - (judged.was >> {at} & 1)), 0) AS more{at}" for at in numbers]
        return COUNTS.format(
            was=self._tabs("since.id", ">= since.version", "later.past"),
            now=self._tabs("since.id", "IS NULL", "'{}'::jsonb"),
            ceiling=_ceiling(),
            counts=", ".join(counts),
            limits=", ".join(limits),
            more=", ".join(f"c.more{at}" for at in numbers),
            sums=", ".join(sums),
            **given,
        )

    def _where(self, alias: str, under: str) -> str:
        return " AND ".join(f"({placed(each, alias)})" for each in [*self._conditions, under])

    def _tabs(self, id: str, than: str, past: str) -> str:
        """The tabs that an order was under, as bits, before the events of such versions; 0: it was not on the list.

        `past` is what those events say that it was.
        """
        bits = [f"coalesce({placed(under, 'r')}, false)::int << {at}" for at, under in enumerate(_under())]
        listed = " AND ".join(["r.id IS NOT NULL", *(f"({placed(each, 'r')})" for each in self._conditions)])
        words = _REWORDED.format(id=id, than=than) if "order_words" in listed else ""
        tabs = f"CASE WHEN {listed} THEN {' | '.join(f'({bit})' for bit in bits)} ELSE 0 END"
        return f"({words}SELECT {tabs} FROM jsonb_populate_record(o, {past}) AS r)"


@cache
def _visible(standing: Standing) -> str:
    return template(visible_orders(standing), t.orders)


@cache
def _under() -> tuple[str, ...]:
    """The condition of each tab, in the order of TABS."""
    return tuple(template(UNDER[tab], t.orders) for tab in TABS)


@cache
def _ceiling() -> str:
    return template(CEILING, None)


@cache
def _newest() -> str:
    """The order in which is counted: an index has it."""
    keys = ((template(key, t.orders), down) for key, down in map(direction, SORTS[OrderSort.CREATED_DESC]))
    return ", ".join(placed(key, "o") + (" DESC" if down else "") for key, down in keys)
