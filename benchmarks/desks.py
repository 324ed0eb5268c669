"""A seller's desk: the list under a filter and the counts of its tabs, the product beside its limit, asked in turn.

Measured on copies of the databases, on which the seller's orders are told apart by more than their status.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from app.domain import finding
from benchmarks import postgres
from benchmarks.databases import Databases
from benchmarks.handwritten_desk import FILTER, NARROWED, TABS, WORD, Wanted
from benchmarks.lists import LIMIT, PRODUCT, SELLERS, TENTH
from benchmarks.load import Target
from benchmarks.pages import same
from benchmarks.postgres import Postgres
from benchmarks.product import Product, by_hand, serving
from benchmarks.queries import FILTERED
from benchmarks.queries import TABS as COUNTS
from benchmarks.rounds import Contender, Rounds, Say, interleave
from benchmarks.seeding import COMPANY
from benchmarks.variety import vary

QUERIES: Mapping[str, str] = {FILTER: FILTERED, WORD: FILTERED, TABS: COUNTS, NARROWED: COUNTS}
# From paid to done in a year: so many that the page is full among a hundredth of the orders as well
STATUSES = ("PENDING_DISPATCH", "PARTIALLY_DISPATCHED", "DISPATCHED", "COMPLETED")
DESTINATIONS = ("US", "DE", "GB")
SEARCHED = "手机"
RANGE = timedelta(days=365)
# Questions of which no two requests need be alike
VARYING = (FILTER, NARROWED)
OTHERS = "the product, other values each time"
HUNDREDTH = "the product, a hundredth of the orders"
# More than a server keeps of queries as they were sent
VARIED = 2_000
ABOUT = """
SELECT (SELECT max(created_at) FROM orders WHERE seller_id = $1) AS newest,
    ARRAY(SELECT id FROM members WHERE seller_id = $1 AND role = 'SALES' ORDER BY id LIMIT 2) AS members,
    (SELECT count(*) FROM orders WHERE seller_id = $1) AS orders
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered: its bytes, the orders on a page, the orders that tabs counted."""

    size: int
    listed: int
    counted: int


@dataclass(frozen=True, slots=True)
class Desks:
    """What each question showed, round by round, and how much was answered: of all orders, a tenth, a hundredth."""

    orders: Sequence[int]
    answers: Mapping[str, Sequence[Answered]]
    rounds: Mapping[str, Rounds]


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of the seller with the most orders of a database, and the server that is asked."""

    url: str
    owner: UUID
    orders: int
    wanted: Wanted
    product: Product

    def target(self, question: str) -> Target:
        """The request of a question."""
        return self.product.target(QUERIES[question], self.owner, {"filter": _filter(question, self.wanted)})

    def varied(self, question: str) -> Target | None:
        """The request with other values each time, the answer being the same; None where the question has no values."""
        if question not in VARYING:
            return None
        token, many = self.product.token(self.owner), []
        for later in range(VARIED):
            wanted = replace(self.wanted, before=self.wanted.before + timedelta(microseconds=later))
            many.append(self.product.asked(QUERIES[question], token, {"filter": _filter(question, wanted)}))
        return many[0].alternating(many[1:])


async def measure(data: Databases, rounds: int, seconds: float, say: Say) -> Desks:
    """Each question by itself: the product and its limit among all orders, the product among fewer as well."""
    server = await postgres.found(data.whole)
    async with AsyncExitStack() as stack:
        opened = []
        for url, name in zip(data.all, ("desk", "desk_tenth", "desk_hundredth"), strict=True):
            opened.append(await _opened(stack, await stack.enter_async_context(postgres.copied(url, name))))
        answers, seen = {}, {}
        for question in QUERIES:
            say(question)
            answers[question], seen[question] = await _asked(opened, question, server, rounds, seconds, say)
    return Desks([desk.orders for desk in opened], answers, seen)


async def _opened(stack: AsyncExitStack, url: str) -> Desk:
    """The desk on a copy, with the product serving it."""
    connection: Any = await asyncpg.connect(url)
    try:
        seller, owner = await connection.fetchrow(SELLERS, COMPANY)
        await vary(url, seller)
        row = await connection.fetchrow(ABOUT, seller)
    finally:
        await connection.close()
    wanted = Wanted(
        seller=seller,
        destinations=list(DESTINATIONS),
        since=row["newest"] - RANGE,
        before=row["newest"],
        members=row["members"],
        words=[finding.seller_word(seller, word) for word in finding.asked(SEARCHED)],
        statuses=list(STATUSES),
    )
    return Desk(url, owner, row["orders"], wanted, await stack.enter_async_context(serving(url)))


def _filter(question: str, wanted: Wanted) -> Any:
    """What clients send as the filter of a question."""
    if question == TABS:
        return None
    if question == WORD:
        return {"text": SEARCHED}
    usual = {
        "text": SEARCHED,
        "salesperson": [f"mem_{each.hex}" for each in wanted.members],
        "destination": wanted.destinations,
        "created": {"from": _said(wanted.since), "before": _said(wanted.before)},
    }
    return usual | {"status": wanted.statuses} if question == FILTER else usual


def _said(at: datetime) -> str:
    return at.isoformat()


async def _asked(
    opened: Sequence[Desk], question: str, server: Postgres, rounds: int, seconds: float, say: Say
) -> tuple[list[Answered], Rounds]:
    """One question, put to each in turn once their answers are known to be the same."""
    async with AsyncExitStack() as stack:
        bodies, limits = [], []
        for each in opened:
            limit = await stack.enter_async_context(by_hand("desk", each.url, question, each.wanted.text()))
            limits.append(Contender(LIMIT, limit, Target.of(f"{limit.url}/", b"{}")))
            bodies.append(await same(each.target(question), limits[-1].target))
        contenders = [
            Contender(name, desk.product.process, desk.target(question))
            for name, desk in zip((PRODUCT, TENTH, HUNDREDTH), opened, strict=True)
        ]
        contenders.insert(1, limits[0])
        if varied := opened[0].varied(question):
            contenders.append(Contender(OTHERS, opened[0].product.process, varied))
        seen = await interleave(contenders, server, rounds, seconds, say)
    return [_answered(body) for body in bodies], seen


def _answered(body: bytes) -> Answered:
    viewer = orjson.loads(body)["data"]["viewer"]
    nodes, tabs = viewer.get("orders", {}).get("nodes", []), viewer.get("orderTabs", [])
    return Answered(len(body), len(nodes), sum(tab["count"] for tab in tabs))
