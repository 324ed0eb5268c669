"""The figures of the desk against plain Python: rates, what each order adds, what is due, what is supposed (DSK-4)."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import DateTime, Integer, Text, literal_column, select
from sqlalchemy.dialects import postgresql

from app.actions import punctuality, ranking
from app.db.engine import read_pool, write_engine
from app.db.punctuality import days_before
from app.domain.access import Actor
from app.domain.calendar import Calendar
from app.domain.errors import Refusal
from app.domain.supposing import Effect
from app.domain.trade import Trade
from app.graphql.schema import engine
from app.reads import Reader
from tests.databases import copy_of
from tests.documents import Document
from tests.domain.build import POLICY
from tests.lists.rated import (
    MICROSECOND,
    SECOND,
    Figures,
    before,
    days_ago,
    due_of,
    ranked,
    rated_order,
    sees,
    told,
)
from tests.lists.rated import waived as is_waived
from tests.lists.world import World, add, world
from tests.means import START, StepClock, TestMeans
from tests.reads.comparing import Pair
from tests.reads.conftest import Context
from tests.sizes import size

ORDERS, CEILING = 400, 20
VIEWERS = ["operator", "owner", "finance", "sales", "own sales", "another owner", "buyer", "another buyer"]
RATE = "kept due rate since"
FIGURES = f"""query F($id: ID!, $first: Int, $after: String) {{ node(id: $id) {{ ... on Seller {{
  onTimeDispatchRate {{ {RATE} }} onTimeDeliveryRate {{ {RATE} }} deskCounts {{ figure count atLeast }}
  onTimeDispatchOrders(first: $first, after: $after) {{ totalCount nodes {{ orderId outcome }}
    pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""


@dataclass
class Desk:
    """The world, whoever looks at it and when, and a loop of its own: hypothesis calls from outside of any."""

    world: World
    reader: Reader
    runner: asyncio.Runner
    now: datetime = START
    pair: Pair = field(init=False)

    def __post_init__(self) -> None:
        def context_for(viewer: str) -> Context:
            return Context(self.actor(viewer).viewer, self.now, self.reader)

        self.pair = Pair(engine.operations, context_for)

    @property
    def seller_id(self) -> UUID:
        """The seller whose figures are looked at."""
        return self.world.sellers[0].id

    def actor(self, viewer: str) -> Actor:
        """Somebody who looks."""
        return self.world.actors[viewer]

    def figures(self, viewer: str, **variables: Any) -> Any:
        """What a plan and graphql-core both answer."""
        given = {"id": f"sel_{self.seller_id.hex}", "first": 100, **variables}
        answer = self.runner.run(self.pair.compare(Document(FIGURES, given), viewer))
        assert not answer.codes, answer.said
        return answer.said["data"]["node"]

    def model(self) -> Figures:
        """What should be answered."""
        return Figures(self.world.orders, self.seller_id, self.now)

    def check(self, viewer: str) -> tuple[int, int]:
        """Hold all figures to the model; the rate of dispatch on time."""
        found, model, actor = self.figures(viewer), self.model(), self.actor(viewer)
        if not told(actor, self.seller_id):
            assert set(found.values()) == {None}, (viewer, found)
            return 0, 0
        for name, numbers, days in (("Dispatch", model.dispatch(), 30), ("Delivery", model.delivery(), 90)):
            rate = found[f"onTime{name}Rate"]
            assert (rate["kept"], rate["due"]) == numbers, (name, self.now)
            assert (rate["rate"] is None) == (numbers[1] == 0)
            assert datetime.fromisoformat(rate["since"]) == days_ago(self.now, days)
        # the policy of this world is in force from its beginning on
        ceiling = CEILING if self.now >= START else POLICY.count_ceiling
        assert found["deskCounts"] == model.counts(actor, ceiling), self.now
        wanted = model.contributions(actor)
        assert found["onTimeDispatchOrders"]["nodes"] == wanted[:100], (viewer, self.now)
        assert found["onTimeDispatchOrders"]["totalCount"] == len(wanted)
        return model.dispatch()


@pytest.fixture(scope="module")
def desk(admin_url: str, template: str) -> Iterator[Desk]:
    """Two sellers' orders on a database of their own."""
    with copy_of(template, admin_url) as url, asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        writing, pool = write_engine(url), runner.run(read_pool(url))
        made = runner.run(world(TestMeans(writing), 0, 7, CEILING))
        chance = random.Random(5)
        runner.run(add(made, (rated_order(made, chance, at) for at in range(ORDERS))))
        yield Desk(made, Reader(pool), runner)
        runner.run(pool.close())
        runner.run(writing.dispose())


def instants(desk: Desk) -> st.SearchStrategy[datetime]:
    """Instants at which something begins or ceases to count, and others."""
    dues = sorted({due for trade in desk.world.orders if (due := due_of(trade)) is not None})
    beside = [
        timedelta(0),
        SECOND - MICROSECOND,
        SECOND,
        timedelta(hours=-24),
        timedelta(hours=-72),
        timedelta(hours=-73),
    ]
    ends = [timedelta(days=30), timedelta(days=30, microseconds=1), timedelta(days=90), timedelta(days=90, seconds=1)]
    return st.builds(lambda due, by: due + by, st.sampled_from(dues), st.sampled_from(beside + ends))


def test_figures_agree_with_plain_python(desk: Desk) -> None:
    """DSK-4, DSK-5, section 13: for every role, at every instant at which something changes."""
    seen: Counter[str] = Counter()

    @given(st.sampled_from(VIEWERS), instants(desk))
    @settings(max_examples=size("instants of a desk"), phases=[Phase.generate])
    def each(viewer: str, now: datetime) -> None:
        desk.now = now
        kept, due = desk.check(viewer)
        seen["none" if not due else "all" if kept == due else "some"] += 1

    each()
    assert seen["some"] > 0.3 * seen.total(), seen
    assert seen["none"] > 0, seen


def test_contributions_are_walked_page_by_page(desk: Desk) -> None:
    """DSK-4: nothing is missed and nothing comes twice; what counts adds up to the rate."""
    desk.now = START + timedelta(days=12)
    walked: list[dict[str, Any]] = []
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        page = desk.figures("owner", first=7, after=info["endCursor"])["onTimeDispatchOrders"]
        walked, info = walked + page["nodes"], page["pageInfo"]
    assert walked == desk.model().contributions(desk.actor("owner"))
    outcomes = Counter(each["outcome"] for each in walked)
    assert set(outcomes) == {"KEPT", "LATE", "WAIVED", "CLOSED_BEFORE"}
    assert (outcomes["KEPT"], outcomes["KEPT"] + outcomes["LATE"]) == desk.model().dispatch()


def _dispatched(trade: Trade, now: datetime) -> Trade:
    """An order dispatched at an instant, if it can be."""
    due = due_of(trade)
    if due is None or trade.order.dispatched_at is not None or not before(now, due):
        return trade
    # closed at a later time than its deadline, and so than now: it is open yet
    free = not before(trade.order.closed_at, due) and not is_waived(trade)
    return trade.change(dispatched_at=now) if free else trade


def test_what_is_supposed_agrees_with_plain_python(desk: Desk) -> None:
    """DSK-4: for whoever may ask, the rate once the last of the chosen counts, with them and without."""
    effects: Counter[Effect] = Counter()
    orders, asking = desk.world.orders, desk.actor("owner").seller_id
    own = [at for at, trade in enumerate(orders) if trade.order.seller_id == asking]
    among = st.sampled_from([own, range(len(orders))])
    places = among.flatmap(lambda those: st.lists(st.sampled_from(those), min_size=1, max_size=5))

    @given(st.sampled_from(["operator", "owner", "finance", "sales", "own sales"]), instants(desk), places)
    @settings(max_examples=size("instants of a desk"), phases=[Phase.generate])
    def each(viewer: str, now: datetime, named: list[int]) -> None:
        chosen = [orders[at] for at in named]
        actor, ids = desk.actor(viewer), [trade.order.id for trade in chosen]
        means = replace(desk.world.means, clock=StepClock(now))
        sellers = {trade.order.seller_id for trade in chosen}
        if not all(sees(actor, trade) for trade in chosen) or len(sellers) > 1:
            with pytest.raises(Refusal) as refused:
                desk.runner.run(punctuality.suppose(means, actor, ids))
            assert refused.value.code in ("NOT_FOUND", "INVALID")
            return
        found, facts = desk.runner.run(punctuality.suppose(means, actor, ids))
        assert [each.id for each in facts] == list(dict.fromkeys(ids))
        seller_id = sellers.pop()
        done = [_dispatched(trade, now) if trade.order.id in ids else trade for trade in orders]
        ahead = [due_of(trade) for trade, other in zip(done, orders, strict=True) if trade is not other]
        at = max((due + SECOND for due in ahead if due is not None), default=now)
        assert found.at == at
        for rate, wanted in (
            (found.now, Figures(orders, seller_id, now)),
            (found.then, Figures(done, seller_id, at)),
            (found.otherwise, Figures(orders, seller_id, at)),
        ):
            assert (rate.kept, rate.due) == wanted.dispatch(), (now, ids)
        effects.update(found.effects)

    each()
    assert set(effects) == set(Effect)


@pytest.mark.parametrize("day", [0, 3, 12, 40, 95])
def test_the_ranking_agrees_with_plain_python(desk: Desk, day: int) -> None:
    """DSK-5: of promises that had fallen due when the day began, with who may know the numbers."""
    now = START + timedelta(days=day)
    means = replace(desk.world.means, clock=StepClock(now))
    calendar = Calendar("America/Los_Angeles")
    assert desk.runner.run(ranking.make(means)) == calendar.start_of(calendar.date_of(now + timedelta(days=1)))
    desk.now = began = calendar.start_of(calendar.date_of(now))
    sums = {team.id: Figures(desk.world.orders, team.id, began).delivery() for team in desk.world.sellers}
    wanted = ranked(sums, 10)
    ask = "{ deliveryRanking { nodes { place seller { id } kept due day } } viewer { deliveryPlace { place kept } } }"
    for viewer in VIEWERS:
        answer = desk.runner.run(desk.pair.compare(Document(ask, {}), viewer)).said["data"]
        shown = [
            (each["place"], each["seller"]["id"], each["kept"], each["due"])
            for each in answer["deliveryRanking"]["nodes"]
        ]
        actor = desk.actor(viewer)
        assert shown == [
            (place, f"sel_{id.hex}", *((kept, due) if told(actor, id) else (None, None)))
            for place, id, kept, due in wanted
        ], viewer
        own = [{"place": place, "kept": kept} for place, id, kept, _ in wanted if id == actor.seller_id]
        assert answer["viewer"]["deliveryPlace"] == (own[0] if own else None), viewer


async def test_the_database_goes_days_back_as_the_calendar_does(admin_url: str) -> None:
    """DSK-4, section 14: through gaps and times that occur twice, in any zone."""
    columns = (literal_column("m.at", DateTime(timezone=True)), literal_column("m.days", Integer))
    query = select(days_before(*columns, literal_column("m.zone", Text)))
    compiled = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    zones = (
        "America/Los_Angeles",
        "Australia/Lord_Howe",
        "America/Sao_Paulo",
        "America/Havana",
        "Europe/Berlin",
        "UTC",
    )
    chance = random.Random(3)
    asked = []
    for zone in zones:
        for _ in range(size("examples of a property") * 10):
            quarters, beside = chance.randint(0, 15 * 365 * 96), chance.choice([0, 1, 999_999])
            at = datetime.fromisoformat("2012-01-01T00:00:00+00:00") + timedelta(
                minutes=15 * quarters, microseconds=beside
            )
            asked.append((zone, at, chance.randint(1, 365)))
    connection = await asyncpg.connect(admin_url)
    try:
        rows = await connection.fetch(
            f"SELECT ({compiled}) AS since FROM unnest($1::text[], $2::timestamptz[], $3::int[])"
            " WITH ORDINALITY AS m(zone, at, days, n) ORDER BY n",
            *map(list, zip(*asked, strict=True)),
        )
    finally:
        await connection.close()
    wrong = [
        (asking, row["since"])
        for asking, row in zip(asked, rows, strict=True)
        if row["since"] != Calendar(asking[0]).plus_days(asking[1], -asking[2])
    ]
    assert wrong == []
