"""Every filter, tab and sort of the lists of orders against plain Python, for everybody who may look (DSK-1, DSK-2)."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.db.engine import read_pool, write_engine
from app.domain.access import Actor
from app.domain.order_lists import CONDITIONS_MOST, DEPTH_MOST, OrderSort, OrderTab
from app.domain.records import LeadSource
from app.graphql.schema import engine
from app.reads import Reader
from tests.databases import copy_of
from tests.documents import Document
from tests.lists.filters import SORTS, conditions, filters
from tests.lists.model import Model
from tests.lists.world import World, add, order, world
from tests.means import START, TestMeans
from tests.reads.comparing import Answer, Pair
from tests.reads.conftest import Context
from tests.sizes import size

ORDERS, CEILING = 240, 40
LIST = """query L($filter: OrderFilter, $sort: OrderSort, $first: Int, $after: String, $last: Int, $before: String) {
  viewer { orderTabs(filter: $filter) { tab count atLeast }
    orders(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


@dataclass
class Desk:
    """The world, whoever looks at it, and a loop of its own: hypothesis calls from outside of any."""

    world: World
    pair: Pair
    runner: asyncio.Runner

    def ask(self, viewer: str, **variables: Any) -> Answer:
        """What a plan and graphql-core both answer."""
        return self.runner.run(self.pair.compare(Document(LIST, variables), viewer))

    def page(self, viewer: str, **variables: Any) -> Any:
        """The list and its tabs."""
        answer = self.ask(viewer, **variables)
        assert not answer.codes, (answer.said, variables)
        return answer.said["data"]["viewer"]

    def model(self, viewer: str) -> Model:
        """What should be answered."""
        return Model(self.world, self.world.actors[viewer])

    def check(self, viewer: str, filter: dict[str, Any] | None, sort: str) -> int:
        """Hold a whole list, its count and its tabs to the model; how many orders it has."""
        found = self.page(viewer, filter=filter, sort=sort, first=100)
        wanted = self.model(viewer).listed(filter, sort)
        shown = (viewer, filter, sort)
        assert [node["id"] for node in found["orders"]["nodes"]] == wanted[:100], shown
        assert found["orders"]["totalCount"] == len(wanted), shown
        assert found["orderTabs"] == self.model(viewer).tabs(filter, CEILING), shown
        return len(wanted)


@pytest.fixture(scope="module")
def desk(admin_url: str, template: str) -> Iterator[Desk]:
    """Two sellers' orders on a database of their own."""
    with copy_of(template, admin_url) as url, asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        writing, pool = write_engine(url), runner.run(read_pool(url))
        made = runner.run(world(TestMeans(writing), ORDERS, 7, CEILING))
        actors: dict[str, Actor] = made.actors
        reader = Reader(pool)
        pair = Pair(engine.operations, lambda name: Context(actors[name].viewer, START, reader))
        yield Desk(made, pair, runner)
        runner.run(pool.close())
        runner.run(writing.dispose())


VIEWERS = ["operator", "owner", "finance", "sales", "own sales", "another owner", "buyer", "another buyer"]


@pytest.mark.parametrize("viewer", VIEWERS)
def test_each_order_and_each_tab_without_a_filter(desk: Desk, viewer: str) -> None:
    """DSK-1, DSK-2: every order, both ways, and every tab alone."""
    for sort in OrderSort:
        assert desk.check(viewer, None, sort.value) > 0
    for tab in OrderTab:
        desk.check(viewer, {"tab": tab.value}, "CREATED_DESC")


def _try_alone(desk: Desk, name: str, values: st.SearchStrategy[Any], seen: Counter[str]) -> None:
    @given(values)
    @settings(max_examples=15, phases=[Phase.generate])
    def each(value: Any) -> None:
        found = desk.check("operator", {name: value}, "CREATED_DESC")
        seen[name] += 0 < found < ORDERS
        desk.check("owner", {"not": {name: value}}, "CREATED_ASC")

    each()


def test_each_filter_alone_leaves_some_and_not_all(desk: Desk) -> None:
    """DSK-2: for an operator every condition holds for some orders and not for others."""
    seen: Counter[str] = Counter()
    for name, values in conditions(desk.world).items():
        _try_alone(desk, name, values, seen)
    assert {name for name in conditions(desk.world) if not seen[name]} == set()


SELLERS_ALONE: dict[str, Callable[[World], dict[str, Any]]] = {
    "who looks after it": lambda world: {"salesperson": [f"mem_{id.hex}" for id in world.members.values()]},
    "where it came from": lambda world: {"leadSource": [source.value for source in LeadSource]},
    "whether it may be lent on": lambda world: {"services": ["LOAN_ELIGIBLE"]},
    "that among services": lambda world: {"services": ["ON_TIME_DISPATCH", "LOAN_ELIGIBLE"]},
}


@pytest.mark.parametrize("name", SELLERS_ALONE)
def test_a_buyer_narrows_by_nothing_that_is_the_sellers(desk: Desk, name: str) -> None:
    """DSK-2, section 13: it is as if nothing of it were there, so its opposite leaves every order."""
    filter = SELLERS_ALONE[name](desk.world)
    every = desk.check("buyer", None, "CREATED_DESC")
    assert desk.check("buyer", filter, "CREATED_DESC") == 0
    assert desk.check("buyer", {"not": filter}, "CREATED_DESC") == every
    assert desk.check("sales", filter, "CREATED_DESC") > 0


def test_filters_of_filters_agree_with_plain_python(desk: Desk) -> None:
    """DSK-1, DSK-2: any filters, freely combined, in any order, for every role: the same rows and the same counts."""
    sizes: Counter[str] = Counter()

    @given(st.sampled_from(VIEWERS), filters(desk.world), SORTS)
    @settings(max_examples=size("filters of a list"), phases=[Phase.generate])
    def each(viewer: str, filter: dict[str, Any], sort: str) -> None:
        found = desk.check(viewer, filter, sort)
        sizes["none" if not found else "one page" if found < 20 else "more"] += 1

    each()
    assert sizes["none"] < 0.8 * sizes.total(), sizes
    assert sizes["more"] > 0.05 * sizes.total(), sizes


@pytest.mark.parametrize("way", ["first", "last"])
@pytest.mark.parametrize("sort", [sort.value for sort in OrderSort])
def test_a_list_is_walked_page_by_page(desk: Desk, sort: str, way: str) -> None:
    """DSK-2: forward and backward, nothing is missed and nothing comes twice."""
    filter = {"not": {"status": ["DRAFT"]}}
    wanted = desk.model("owner").listed(filter, sort)
    walked: list[str] = []
    at: str | None = None
    while True:
        beyond = {"after": at} if way == "first" else {"before": at}
        page = desk.page("owner", filter=filter, sort=sort, **{way: 17}, **beyond)["orders"]
        ids = [node["id"] for node in page["nodes"]]
        walked = walked + ids if way == "first" else ids + walked
        info = page["pageInfo"]
        at = info["endCursor" if way == "first" else "startCursor"]
        if not info["hasNextPage" if way == "first" else "hasPreviousPage"]:
            break
    assert walked == wanted


def test_a_cursor_belongs_to_its_order(desk: Desk) -> None:
    """DSK-2: where a page of one order ends says nothing about another."""
    cursor = desk.page("owner", sort="CREATED_DESC", first=3)["orders"]["pageInfo"]["endCursor"]
    for sort in ("CREATED_ASC", "AMOUNT_DESC", "DISPATCH_DUE_ASC", "CHANGED_DESC"):
        assert desk.ask("owner", sort=sort, after=cursor).codes == ["CURSOR_INVALID"]


def _nested(depth: int) -> dict[str, Any]:
    return {"overdue": True} if depth == 1 else {"not": _nested(depth - 1)}


@pytest.mark.parametrize(
    ("filter", "code", "field"),
    [
        (_nested(DEPTH_MOST + 1), "TOO_MANY", ["filter"]),
        ({"or": [{"overdue": True}] * CONDITIONS_MOST}, "TOO_MANY", ["filter"]),
        ({"text": "x" * 101}, "TOO_LONG", ["filter", "text"]),
        ({"text": " - "}, "INVALID", ["filter", "text"]),
    ],
)
def test_a_filter_has_limits(desk: Desk, filter: dict[str, Any], code: str, field: list[str]) -> None:
    """DSK-2: how deep it is nested, how many conditions it has, and what a text is."""
    answer = desk.ask("owner", filter=filter)
    assert answer.codes == [code]
    assert answer.said["errors"][0]["extensions"]["field"] == field


def test_a_filter_may_be_as_large_as_its_limits(desk: Desk) -> None:
    """DSK-2: the deepest, and the one with most conditions, are answered."""
    assert not desk.ask("owner", filter=_nested(DEPTH_MOST)).codes
    assert not desk.ask("owner", filter={"or": [{"overdue": True}] * (CONDITIONS_MOST - 1)}).codes


@pytest.mark.parametrize("sort", ["CREATED_DESC", "CREATED_ASC", "AMOUNT_DESC", "CHANGED_ASC"])
def test_new_orders_move_nothing_in_a_walk(desk: Desk, sort: str) -> None:
    """DSK-2: whatever comes in between two pages, each order that was there is met once, in its place."""
    wanted = desk.model("owner").listed(None, sort)
    walked: list[str] = []
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    chance = random.Random(sort)
    while info["hasNextPage"]:
        page = desk.page("owner", sort=sort, first=25, after=info["endCursor"])["orders"]
        walked += [node["id"] for node in page["nodes"]]
        info = page["pageInfo"]
        more = [order(desk.world, chance, chance.randint(-30, ORDERS)) for _ in range(3)]
        desk.runner.run(add(desk.world, more))
    assert [id for id in walked if id in set(wanted)] == wanted
    assert len(set(walked)) == len(walked)
