"""What a page of orders costs the database, among many orders of one seller (DSK-2)."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from app.actions import policies
from app.db.engine import Pool, read_pool, write_engine
from app.db.ranking import tallying
from app.db.tables.orders import OPEN as OPEN_ORDERS
from app.domain.access import Actor
from app.domain.order_lists import OrderSort, OrderTab
from app.domain.policy_changes import PolicyPatch
from app.graphql.schema import schema
from app.reads import Reader
from tests.databases import copy_of
from tests.figures import Recorder
from tests.lists.crowd import LARGE, crowd
from tests.lists.world import world
from tests.market import by
from tests.means import TestMeans
from tests.reads.conftest import Context
from tests.sizes import size

ORDERS, EXAMPLES, CEILING, PAGE = size("orders of a crowd"), 240, 100, 20
# Rows that may be read for one that is answered
READ_MOST = 20
# Of so many orders even a word that one in a hundred and fifty has is found in a page's worth of rows
FEW = 20_000
NOW = datetime.now(UTC)
LIST = f"""query L($filter: OrderFilter, $sort: OrderSort) {{
  viewer {{ orders(filter: $filter, sort: $sort, first: {PAGE}) {{ nodes {{ id }} }} }} }}"""
HOW_MANY = "query H($filter: OrderFilter) { viewer { orders(filter: $filter) { totalCount } } }"
TABS = "query T($filter: OrderFilter) { viewer { orderTabs(filter: $filter) { tab count atLeast } } }"
GROWING = {"orders", "order_words", "contacts", "items", "deadlines", "disputes", "claims"}


SELLER = "query S {{ viewer {{ seller {{ {} }} }} }}"
RATE, DAYS = "kept due", 14


@dataclass
class Crowded:
    """A database full of orders, and the owner of the seller who has most of them."""

    pool: Pool
    owner: Actor
    salesperson: str
    number: str
    runner: asyncio.Runner

    def explained(self, sql: str, *arguments: Any) -> "list[tuple[str, str, int]]":
        """How each table is read for a statement, and how many of its rows."""
        return self.runner.run(self._explained(sql, arguments))

    def count(self, where: str) -> int:
        """How many orders of the seller there are of which something holds."""
        sql = f"SELECT count(*) FROM orders WHERE seller_id = $1 AND {where}"
        return int(self.runner.run(self.pool.fetchval(sql, self.owner.seller_id)))

    def found(self, filter: dict[str, Any]) -> int:
        """How many orders of the seller pass a filter."""
        return int(self.cost(HOW_MANY, filter=filter).answer["orders"]["totalCount"])

    def cost(self, text: str, **variables: Any) -> "Cost":
        """What an answer cost."""
        return self.runner.run(self._cost(text, variables))

    async def _cost(self, text: str, variables: dict[str, Any]) -> "Cost":
        reader = Reader(self.pool)
        with reader.recorded() as log:
            answer = await schema.execute(text, variables, Context(self.owner.viewer, NOW, reader))
        assert not answer.errors and answer.data, (answer.errors, variables)
        (statement,) = log
        found = await self._explained(statement.sql, statement.arguments)
        return Cost(answer.data["viewer"], sum(read for _, _, read in found), found)

    async def _explained(self, sql: str, arguments: Any) -> "list[tuple[str, str, int]]":
        explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}"
        (plan,) = json.loads(await self.pool.fetchval(explain, *arguments))
        return list(scans(plan["Plan"]))


@dataclass
class Cost:
    """An answer, how many rows were read for it, and how."""

    answer: Any
    read: int
    scans: list[tuple[str, str, int]]

    @property
    def nodes(self) -> int:
        """How many orders are on the page."""
        return len(self.answer["orders"]["nodes"])

    @property
    def dear(self) -> bool:
        """Whether more was read than a page may cost."""
        return self.read > READ_MOST * max(self.nodes, 1)

    @property
    def whole(self) -> list[str]:
        """The tables that grow with orders and were read from one end to the other."""
        return [table for kind, table, _ in self.scans if kind == "Seq Scan" and table in GROWING]


def scans(node: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """How each table was read, and how many of its rows, those thrown away included."""
    if "Relation Name" in node:
        rows = node["Actual Rows"] + sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
        yield node["Node Type"], node["Relation Name"], round(rows * node["Actual Loops"])
    for each in node.get("Plans", []):
        yield from scans(each)


@pytest.fixture(scope="module")
def crowded(admin_url: str, template: str) -> Iterator[Crowded]:
    """A crowd on a database of its own."""
    with copy_of(template, admin_url) as url, asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        writing = write_engine(url)
        made = runner.run(world(TestMeans(writing), EXAMPLES, 7, CEILING))
        made.means.time.step(seconds=1)
        patch = PolicyPatch(dispatch_rate_days=DAYS, delivery_ranking_days=DAYS)
        runner.run(policies.change(made.means, by(made.operator), patch))
        large = runner.run(crowd(made, url, ORDERS))
        # what is held to a bound are rows, not seconds
        pool = runner.run(read_pool(url, statement_seconds=600))
        member = f"mem_{made.members[large.salesperson_id].hex}"
        yield Crowded(pool, made.sellers[0].owner, member, large.number, runner)
        runner.run(pool.close())
        runner.run(writing.dispose())


def alone(crowded: Crowded) -> dict[str, dict[str, Any]]:
    """Every condition by itself, one that holds for few and where there is one, one that holds for most."""
    middle = (NOW - ORDERS * timedelta(minutes=1.5)).isoformat()
    return {
        "a rare word": {"text": "seldom"},
        "a word of all": {"text": "everything"},
        "one order's number": {"text": crowded.number},
        "a word nobody has": {"text": "nothing"},
        **{f"the tab {tab.value}": {"tab": tab.value} for tab in OrderTab},
        "a rare status": {"status": ["DISPATCHED"]},
        "a frequent status": {"status": ["COMPLETED"]},
        "a salesperson": {"salesperson": [crowded.salesperson]},
        "a rare destination": {"destination": ["NZ"]},
        "a frequent destination": {"destination": ["US"]},
        "created before": {"created": {"before": middle}},
        "created from": {"created": {"from": middle}},
        "a rare currency's amounts": {"amount": {"currencyCode": "KWD", "least": "0.01"}},
        "most amounts": {"amount": {"currencyCode": "USD", "least": "0.01"}},
        "a rare country of buyers": {"buyerCountry": ["NZ"]},
        "drafted by buyers": {"draftedBy": "BUYER"},
        "drafted by nobody": {"draftedBy": "TIME"},
        "a type": {"type": ["BUY_NOW"]},
        "a rare transport mode": {"transportMode": ["MULTIMODAL"]},
        "a frequent transport mode": {"transportMode": ["SEA"]},
        "a rare currency": {"currency": ["KWD"]},
        "a rare export method": {"exportMethod": ["EASY_DISPATCH"]},
        "discounted": {"discounted": True},
        "not discounted": {"discounted": False},
        "dispatch guaranteed": {"services": ["ON_TIME_DISPATCH"]},
        "delivery guaranteed": {"services": ["ON_TIME_DELIVERY"]},
        "what a lender may lend on": {"services": ["LOAN_ELIGIBLE"]},
        "a rare source of leads": {"leadSource": ["TRADE_SHOW"]},
        "a frequent source of leads": {"leadSource": ["INQUIRY"]},
        "overdue": {"overdue": True},
        "not overdue": {"overdue": False},
        "claimed": {"claimStatus": ["UNDER_REVIEW"]},
    }


def test_a_page_of_each_filter_alone_reads_few_rows(crowded: Crowded) -> None:
    """DSK-2: no table of orders is read from one end to the other, and of each at most 20 rows for one answered."""
    filters = alone(crowded)
    found = {name: crowded.cost(LIST, filter=filter) for name, filter in filters.items()}
    assert {name: cost.scans for name, cost in found.items() if cost.whole} == {}
    dear = {name: cost.scans for name, cost in found.items() if cost.dear}
    assert dear.keys() <= ({"a rare word"} if ORDERS > FEW else set()), dear
    assert {name for name, cost in found.items() if not cost.nodes} == {"a word nobody has", "drafted by nobody"}


@pytest.mark.parametrize("sort", [sort.value for sort in OrderSort])
def test_a_page_of_each_order_reads_few_rows(crowded: Crowded, sort: str) -> None:
    """DSK-2: each order has its index, forward and backward."""
    cost = crowded.cost(LIST, sort=sort)
    assert (cost.nodes, cost.whole, cost.dear) == (PAGE, [], False), cost.scans


@pytest.mark.parametrize("sort", [sort.value for sort in OrderSort])
def test_a_page_of_a_salesperson_in_each_order_reads_few_rows(crowded: Crowded, sort: str) -> None:
    """DSK-2: somebody's own list is as cheap in each order, however few of the seller's orders are theirs."""
    cost = crowded.cost(LIST, filter={"salesperson": [crowded.salesperson]}, sort=sort)
    assert (cost.nodes, cost.whole, cost.dear) == (PAGE, [], False), cost.scans


OPEN = (OrderTab.TO_CONFIRM, OrderTab.TO_PAY, OrderTab.TO_DISPATCH, OrderTab.TO_RECEIVE)
UNDATED = (OrderTab.TO_CONFIRM, OrderTab.TO_PAY)


@pytest.mark.parametrize("sort", [sort.value for sort in OrderSort])
@pytest.mark.parametrize("tab", OPEN)
def test_a_page_of_open_orders_in_each_order_reads_few_rows(crowded: Crowded, tab: OrderTab, sort: str) -> None:
    """DSK-1, DSK-2: what is to be done is found at once, though in each order it lies behind all that is finished.

    By a deadline that they do not have yet, orders come after every other, so that those open are looked through.
    """
    cost = crowded.cost(LIST, filter={"tab": tab.value}, sort=sort)
    assert (cost.nodes, cost.whole) == (PAGE, []), cost.scans
    walked = crowded.count(OPEN_ORDERS) if tab in UNDATED and sort.startswith("DISPATCH_DUE") else 0
    assert cost.read <= READ_MOST * PAGE + walked, cost.scans


@dataclass(frozen=True)
class Reason:
    """Why a page of a combination may cost more than its rows, and how many rows at most beside those of a page."""

    why: str
    most: int


@dataclass
class Reasons:
    """What is known of each condition by itself: how many of the seller's orders it leaves."""

    left: dict[str, int]
    orders: int

    @classmethod
    def of(cls, crowded: Crowded) -> "Reasons":
        """Count what each leaves."""
        left = {
            _one(name, value): crowded.found({name: value})
            for each in alone(crowded).values()
            for name, value in each.items()
        }
        return cls(left, crowded.count("true"))

    def rarest(self, filter: dict[str, Any]) -> int:
        """How many orders the rarest of its conditions leaves."""
        # of a word whose frequency the planner does not keep it presumes that one in two hundred has it
        least = {"text": self.orders // 200}
        return min(max(self.left[_one(name, value)], least.get(name, 0)) for name, value in filter.items())

    def of_page(self, filter: dict[str, Any], sort: str) -> Reason | None:
        """Why a page may cost more: its rows lie together in no index."""
        parts = filter.get("or", [filter])
        words = sum("text" in part for part in parts)
        if len(parts) > 1:
            return Reason("alternatives: no index holds them together, so all may be walked", self.orders * (1 + words))
        if sort.startswith("AMOUNT") and "discounted" in filter:
            # what has no amount has no discount either
            return Reason("discounts by the amount, which goes with them: theirs may lie at its end", self.orders)
        if len(filter) > 1 or words or not (sort.startswith("CREATED") or "salesperson" in filter):
            why = "filters that no index holds together, or not in that order: the rows of one are looked through"
            return Reason(why, 15 * self.rarest(filter))
        return None


def _one(name: str, value: Any) -> str:
    return json.dumps({name: value}, sort_keys=True)


def test_a_page_of_a_combination_reads_few_rows_or_has_a_reason(crowded: Crowded, figures: Recorder) -> None:
    """DSK-2: combinations never read a table of orders whole; which may cost more than a page, why, and how much."""
    chance, filters, dear = random.Random(11), list(alone(crowded).values()), [0]
    reasons, why = Reasons.of(crowded), Counter[str]()
    for _ in range(size("combinations of filters")):
        chosen: dict[str, Any] = {}
        for each in chance.sample(filters, chance.randint(1, 3)):
            chosen |= each
        if chance.random() < 0.2:
            chosen = {"or": [chosen, chance.choice(filters)]}
        sort = chance.choice([OrderSort.CREATED_DESC, *OrderSort]).value
        cost = crowded.cost(LIST, filter=chosen, sort=sort)
        assert cost.whole == [], (chosen, sort, cost.scans)
        if cost.dear:
            reason = reasons.of_page(chosen, sort)
            assert reason, (chosen, sort, cost.scans)
            assert cost.read <= reason.most + READ_MOST * PAGE, (reason, chosen, sort, cost.scans)
            why[reason.why.partition(":")[0]] += 1
            dear.append(cost.read)
    many = size("combinations of filters")
    figures("pages that read more than 20 rows for one answered", f"{len(dear) - 1} of {many}")
    figures("why they did", ", ".join(f"{times} {each}" for each, times in sorted(why.items())))
    figures("the most rows that one of them read", f"{max(dear):,} of a seller's {round(LARGE * ORDERS):,} orders")


def test_counting_stops_at_the_ceiling(crowded: Crowded) -> None:
    """DSK-1: of every tab one order more than the ceiling is read at most, however many there are."""
    cost = crowded.cost(TABS)
    assert cost.whole == []
    assert cost.read <= READ_MOST * (CEILING + 1)
    counted = {each["tab"]: (each["count"], each["atLeast"]) for each in cost.answer["orderTabs"]}
    assert counted["ALL"] == counted["FINISHED"] == (CEILING, True)
    rare = crowded.cost(TABS, filter={"destination": ["NZ"]})
    assert rare.whole == []
    assert rare.answer["orderTabs"][0]["count"] > 0


@pytest.mark.parametrize(
    ("field", "due"),
    [("onTimeDispatchRate", "rated_due_at"), ("onTimeDeliveryRate", "delivery_guaranteed AND promised_at")],
)
def test_a_rate_reads_what_fell_due_in_its_days(crowded: Crowded, field: str, due: str) -> None:
    """DSK-4, DSK-5: however many orders there are, those of other days and other sellers are not looked at."""
    fell = crowded.count(f"{due} BETWEEN now() - interval '{DAYS} days 1 hour' AND now()")
    cost = crowded.cost(SELLER.format(f"{field} {{ {RATE} }}"))
    assert cost.answer["seller"][field]["due"] > 0
    assert cost.whole == []
    assert cost.read <= fell + READ_MOST, cost.scans
    assert fell < crowded.count("true") / 2


def test_a_page_of_contributions_reads_few_rows(crowded: Crowded) -> None:
    """DSK-4: as any page of orders."""
    cost = crowded.cost(SELLER.format(f"onTimeDispatchOrders(first: {PAGE}) {{ nodes {{ orderId outcome }} }}"))
    assert len(cost.answer["seller"]["onTimeDispatchOrders"]["nodes"]) == PAGE
    assert cost.whole == []
    assert cost.read <= READ_MOST * PAGE, cost.scans


def test_what_is_due_and_overdue_is_counted_to_the_ceiling(crowded: Crowded) -> None:
    """DSK-4: of each figure one order more than the ceiling is read at most, by an index that holds nothing else."""
    cost = crowded.cost(SELLER.format("deskCounts { figure count atLeast }"))
    assert cost.whole == []
    assert cost.read <= 5 * (CEILING + 1) + READ_MOST, cost.scans
    counted = {each["figure"]: each["count"] for each in cost.answer["seller"]["deskCounts"]}
    assert counted["OVERDUE"] > 0 < counted["OPEN_CLAIMS"]


def test_the_ranking_reads_what_fell_due_in_its_days(crowded: Crowded) -> None:
    """DSK-5: made once a day, of each seller by an index; who asks for a place is answered by what was made."""
    compiled = tallying(NOW - timedelta(days=DAYS), NOW).compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    scans = crowded.explained(str(compiled))
    read = sum(rows for _, table, rows in scans if table == "orders")
    assert {kind for kind, table, _ in scans if table == "orders"} == {"Index Only Scan"}
    fell = crowded.count(f"delivery_guaranteed AND promised_at BETWEEN now() - interval '{DAYS} days 1 hour' AND now()")
    assert 0 < read <= fell / LARGE * 2
    cost = crowded.cost("{ viewer { deliveryPlace { place seller { id } } } }")
    assert {table for _, table, _ in cost.scans} <= {"delivery_places", "sellers"}
