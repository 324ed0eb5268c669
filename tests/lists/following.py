"""A list of orders as somebody keeps it who follows it, and the same list asked for anew."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from app.db.engine import Pool
from app.domain.access import Actor
from app.graphql.schema import schema
from app.reads import Reader
from tests.lists.changing import Changes
from tests.reads.conftest import Context

FOLLOW = """subscription Follow($filter: OrderFilter, $after: String) {
  orderList(filter: $filter, after: $after) {
    cursor change orderId order { id status } tabs { tab count atLeast } } }"""
LIST = """query L($filter: OrderFilter, $after: String) {
  viewer { orderTabs(filter: $filter) { tab count atLeast }
    orders(filter: $filter, first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } } }"""
Filter = Mapping[str, Any]


@dataclass(frozen=True)
class Listed:
    """The orders of a list, and what is said of its tabs."""

    ids: frozenset[str]
    tabs: Mapping[str, tuple[int, bool]]


def told(tabs: list[dict[str, Any]]) -> dict[str, tuple[int, bool]]:
    """What is said of tabs."""
    return {each["tab"]: (each["count"], each["atLeast"]) for each in tabs}


async def asked(pool: Pool, actor: Actor, filter: Filter | None, now: datetime) -> Listed:
    """The list as the query answers it."""
    ids: list[str] = []
    after = None
    while True:
        context = Context(actor.viewer, now, Reader(pool))
        answer = await schema.execute(LIST, {"filter": filter, "after": after}, context)
        assert not answer.errors and answer.data, answer.errors
        viewer = answer.data["viewer"]
        ids += [node["id"] for node in viewer["orders"]["nodes"]]
        info = viewer["orders"]["pageInfo"]
        after = info["endCursor"]
        if not info["hasNextPage"]:
            return Listed(frozenset(ids), told(viewer["orderTabs"]))


@dataclass
class Kept:
    """A list kept by what is told of it; whatever does not fit what is there already is a fault."""

    name: str
    actor: Actor
    filter: Filter | None
    ids: set[str] = field(default_factory=set)
    tabs: dict[str, tuple[int, bool]] = field(default_factory=dict)
    cursor: str | None = None
    heard: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def begin(self, found: Listed) -> None:
        """Take the list as it was asked for while nothing happened."""
        self.ids = set(found.ids)

    def hear(self, message: Mapping[str, Any]) -> None:
        """Bring the list to what a message tells."""
        change, id = message["change"], message["orderId"]
        self.heard[change or "OPENING"] += 1
        if change is not None:
            if (change == "ENTER") is (id in self.ids):
                self.faults.append(f"{self.name}: {change} of {id} at {message['cursor']}")
            if change == "LEAVE":
                self.ids.discard(id)
            else:
                self.ids.add(id)
        tabs = told(message["tabs"])
        same = [tab for tab, said in tabs.items() if change is not None and self.tabs.get(tab) == said]
        if same:
            self.faults.append(f"{self.name}: nothing new of {same} at {message['cursor']}")
        self.tabs.update(tabs)
        self.cursor = message["cursor"]

    def difference(self, found: Listed) -> str | None:
        """What is other than in the list asked for, if anything is."""
        if self.ids == found.ids and self.tabs == found.tabs:
            return None
        more, less = self.ids - found.ids, found.ids - self.ids
        return f"{self.name}: kept too much {more}, too little {less}, {self.tabs} for {dict(found.tabs)}"


def lists(play: Changes) -> list[tuple[str, Actor, Filter | None]]:
    """Lists of everybody who may look, by every kind of condition that changes."""
    seller, (first, second) = play.market.seller, play.sales
    own, other = replace(first, sales_see_all=False), replace(second, sales_see_all=False)
    everybody: list[tuple[str, Actor, Filter | None]] = [
        ("all of the owner", seller.owner, None),
        ("all of finance", seller.finance, None),
        ("own of sales", own, None),
        ("own of other sales", other, None),
        ("all of the buyer", play.buyers[0], None),
        ("all of the other buyer", play.buyers[1], None),
        ("all of the operator", play.market.operator, None),
        ("not drafts of the operator", play.market.operator, {"not": {"status": ["DRAFT"]}}),
        ("a word of sales", own, {"text": "vip"}),
    ]
    conditions: list[Filter] = [
        {"text": "急单"},
        {"text": "手机"},
        {"text": play.buyers[1].email},
        {"tab": "TO_DISPATCH"},
        {"tab": "AFTER_SALES"},
        {"status": ["PENDING_CONFIRMATION", "DRAFT"]},
        {"destination": ["DE", "FR"]},
        {"amount": {"currencyCode": "USD", "least": "99.99"}},
        {"buyerCountry": ["DE"]},
        {"or": [{"draftedBy": "BUYER"}, {"discounted": True}]},
        {"transportMode": ["SEA"], "not": {"currency": ["EUR"]}},
        {"overdue": True},
        {"claimStatus": ["UNDER_REVIEW"]},
        {"services": ["LOAN_ELIGIBLE"]},
        {"leadSource": ["RFQ", "CHAT"]},
    ]
    return everybody + [(f"{filter} of the owner", seller.owner, filter) for filter in conditions]
