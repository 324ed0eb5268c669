"""Who shares what is pushed: those whose scope is equal, and nobody else; and what it may depend on."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from app.actions import fulfilment, orders
from app.domain.access import ALL_SCOPES, Actor, Role, Scope, Viewer
from app.events.connections import Call, Connections
from app.graphql.errors import RequestRefused
from app.graphql.sharing import Key
from app.resolvers.context import Onlooker
from tests.api.pushing import Ear, Stage, staged, subscription
from tests.api.server import PATIENCE
from tests.market import Market, by, confirmed, new_account, open_market
from tests.means import StepClock, TestMeans
from tests.sizes import size

FIELDS = ["orderUpdates", "events", "orderList"]
UPDATES = (
    "subscription ($id: ID!, $after: String) { orderUpdates(orderId: $id, after: $after) { cursor order { id } } }"
)

CURSORS = {
    "orderUpdates": UPDATES,
    **{
        name: f"subscription ($after: String) {{ {name}(after: $after) {{ cursor }} }}"
        for name in ("events", "orderList")
    },
}


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The subscriptions of this process, on a clock that stands still."""
    async with staged(database_url, tmp_path, StepClock()) as made:
        yield made


@pytest.fixture
async def market(stage: Stage) -> Market:
    """A market whose events reach the stage's feeds at once."""
    return await _market(stage)


async def _market(stage: Stage, **seller: Any) -> Market:
    means = TestMeans(stage.made.engine, stage.made.clock, feeds=stage.made.feeds)  # type: ignore[arg-type]
    return await open_market(means, **seller)


def everybody(market: Market) -> dict[str, Actor]:
    """Somebody of every role, and somebody with fewer scopes."""
    seller, finance = market.seller, ALL_SCOPES - {Scope.FINANCE_READ}
    people = {
        "buyer": market.buyer,
        "buyer who only reads": replace(market.buyer, scopes=frozenset({Scope.ORDERS_READ})),
        "owner": seller.owner,
        "owner without finance": replace(seller.owner, scopes=finance),
        "finance": seller.finance,
        "finance without finance": replace(seller.finance, scopes=finance),
        "sales": seller.sales,
        "operator": market.operator,
        "operator without finance": replace(market.operator, scopes=finance),
    }
    assert {actor.role for actor in people.values()} == set(Role)
    return people


async def happen(market: Market, order_id: UUID) -> None:
    """Two events that everybody hears."""
    owner = by(market.seller.owner)
    await fulfilment.propose_amendment(market.means, owner, order_id, {"notes": "Other words."}, None)
    await fulfilment.withdraw_amendment(market.means, owner, order_id)


def cursors(field: str, messages: list[Any]) -> list[str]:
    """Where a subscriber has come to with each message."""
    return [message["data"][field]["cursor"] for message in messages]


def leave(ear: Ear) -> None:
    """Be cut off."""
    assert ear.member is not None
    ear.member.leave()


async def numbered(stage: Stage) -> None:
    """Wait until everything that has happened stands in the feed."""
    async with asyncio.timeout(PATIENCE):
        while await stage.made.read_pool.fetchval(  # noqa: ASYNC110 - the feed does it
            "SELECT count(*) FROM events WHERE position IS NULL"
        ):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("field", FIELDS)
async def test_no_two_scopes_share_and_those_with_the_same_do(stage: Stage, market: Market, field: str) -> None:
    """Two subscribers of each scope, one document, every field: one execution an event and scope, each as if alone."""
    order_id, people = await confirmed(market), everybody(market)
    given: dict[str, Any] = {"id": f"ord_{order_id.hex}"} if field == "orderUpdates" else {}
    document = subscription(field)
    assert len({actor.viewer for actor in people.values()}) == len(people)
    await numbered(stage)
    ears: dict[str, tuple[Ear, Ear]] = {}
    for name, actor in people.items():
        twin = replace(actor, email="else@example.com", email_verified=not actor.email_verified, token_id=UUID(int=5))
        ears[name] = await stage.listen(actor, document, **given), await stage.listen(twin, document, **given)
    assert stage.groups == len(people)
    assert set(stage.operations.sources) == {actor.viewer for actor in people.values()}
    stage.operations.messages.clear()
    operation = stage.prepared(document, **given)
    alone = {name: stage.subscriptions.alone(operation, actor) for name, actor in people.items()}
    openings = {name: await anext(stream) for name, stream in alone.items()}
    await happen(market, order_id)
    for name, (ear, twin_ear) in ears.items():
        messages = await ear.heard(3)
        assert not any("errors" in message for message in messages), messages
        assert await twin_ear.heard(3) == messages
        assert all(one is other for one, other in zip(ear.payloads[1:], twin_ear.payloads[1:], strict=True))
        assert stage.operations.messages[people[name].viewer] == 2
        async with aclosing(alone[name]) as stream:
            assert [orjson.loads(openings[name]), *[orjson.loads(await anext(stream)) for _ in range(2)]] == messages
    told = {name: ear.payloads[2] for name, (ear, _) in ears.items()}
    for one, other in combinations(["buyer", "owner", "sales", "operator", "owner without finance"], 2):
        assert told[one] != told[other] or {one, other} == {"sales", "owner without finance"}
    for pair in ears.values():
        for ear in pair:
            assert ear.member is not None
            ear.member.leave()
    assert stage.groups == 0
    assert not list(stage.made.feeds.hub)


class Watched:
    """Something whose attributes are noted as they are read."""

    def __init__(self, watched: Any, read: set[str]) -> None:
        self._watched = watched
        self._read = read

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._watched, name)
        self._read.add(name)
        return found


READ: set[str] = set()


class WatchedOnlooker(Onlooker):
    """A context that notes what is read of it."""

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if not name.startswith("__"):
            READ.add(name)
        return found


async def test_what_is_pushed_depends_on_nothing_but_what_is_in_the_key(stage: Stage, market: Market) -> None:
    """Of the context only the viewer, the time and the way to the database are read, and the viewer is in the key."""
    order_id, of_kit = await confirmed(market), set[str]()
    READ.clear()
    stage.kit, stage.onlooker = Watched(stage.kit, of_kit), WatchedOnlooker
    for actor in everybody(market).values():
        for field in FIELDS:
            given: dict[str, Any] = {"id": f"ord_{order_id.hex}"} if field == "orderUpdates" else {}
            (opening,) = await (await stage.listen(actor, subscription(field, depth=4), **given)).heard(1)
            assert "errors" not in opening, opening
    assert {each.name for each in fields(Onlooker)} == {"kit", "viewer", "now"}
    assert {"kit", "viewer", "now", "reader", "refresh", "signed_in"} == READ
    assert of_kit == {"engine", "clock", "feeds", "reader"}
    assert {each.name for each in fields(Key)} == {"text", "operation_name", "variables", "viewer"}
    assert Viewer.__dataclass_params__.frozen and Viewer.__dataclass_params__.eq  # type: ignore[attr-defined]


async def test_everybody_who_joins_is_looked_at_anew(stage: Stage) -> None:
    """A group that goes on for those who have lost an order lets nobody in who may no longer see it."""
    market = await _market(stage, sales_see_all=False)
    order_id, sales = await confirmed(market), market.seller.sales
    given = {"id": f"ord_{order_id.hex}"}
    owner = by(market.seller.owner)
    member = sales.account_id
    await orders.assign(market.means, owner, order_id, member)
    actor = replace(sales, sales_see_all=False)
    first = await stage.listen(actor, UPDATES, **given)
    await orders.assign(market.means, owner, order_id, None)
    (seen, gone) = await first.heard(2)
    assert seen["data"]["orderUpdates"]["order"] == given
    assert gone["data"]["orderUpdates"]["order"] is None
    with pytest.raises(RequestRefused) as refused:
        await stage.listen(actor, UPDATES, **given)
    assert refused.value.errors[0]["extensions"]["code"] == "NOT_FOUND"
    assert refused.value.errors[0]["path"] == ["orderUpdates"]
    await orders.assign(market.means, owner, order_id, member)
    back = (await first.heard(3))[2]
    assert back["data"]["orderUpdates"]["order"] == given
    assert stage.groups == 1


@contextmanager
def counted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """What the subscribers of the block make their server read, by the way it is read."""
    seen, in_turn = Counter[str](), Connections.in_turn

    async def counting(self: Connections, call: Call[Any]) -> Any:
        seen["feed"] += 1
        return await in_turn(self, call)

    stage.operations.messages.clear()
    stage.operations.sources.clear()
    with monkeypatch.context() as patched, stage.made.reader.recorded() as statements:
        patched.setattr(Connections, "in_turn", counting)
        yield seen
    seen["statements"] = len(statements)
    seen["messages"], seen["sources"] = stage.operations.messages.total(), stage.operations.sources.total()


@pytest.mark.parametrize("field", FIELDS)
async def test_a_storm_of_those_who_come_back_is_served_from_what_is_read_once(
    stage: Stage, market: Market, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are cut off, from three places, and resume at once: each has what it missed, by reads that ten cost too."""
    order_id, crowd = await confirmed(market), size("subscribers who come back")
    given = {"id": f"ord_{order_id.hex}"} if field == "orderUpdates" else {}
    await numbered(stage)
    witness = await stage.listen(market.buyer, CURSORS[field] + " ", **given)
    ears = await asyncio.gather(*(stage.listen(market.buyer, CURSORS[field], **given) for _ in range(crowd)))
    had: list[list[str]] = [[] for _ in ears]
    for place in range(3):
        for number in range(place, crowd, 3):
            had[number] = cursors(field, await ears[number].heard(1 + 2 * place))
        for number in range(place, crowd, 3):
            leave(ears[number])
        await happen(market, order_id)
    everything = cursors(field, await witness.heard(7))
    assert stage.groups == 1, "the witness is alone"
    assert {len(each) for each in had} == {1, 3, 5}
    for storm in (range(10), range(crowd)):
        with counted(stage, monkeypatch) as reads:
            resumed = (stage.listen(market.buyer, CURSORS[field], after=had[each][-1], **given) for each in storm)
            back = dict(zip(storm, await asyncio.gather(*resumed), strict=True))
            for each, ear in back.items():
                assert had[each] + cursors(field, await ear.heard(7 - len(had[each]))) == everything
        for ear in back.values():
            leave(ear)
        assert stage.groups == 1
        assert reads["messages"] <= 6
        assert reads["statements"] <= 8
        assert reads["sources"] <= 3
        # a list also asks how much was missed, for each of the places they come from
        assert reads["feed"] <= 8 + (3 if field == "orderList" else 0)


async def test_nobody_is_told_to_sign_in(stage: Stage, market: Market) -> None:
    """Without a token nothing is shared, and the answer is what it always was."""
    operation = stage.prepared(UPDATES, id=f"ord_{(await confirmed(market)).hex}")
    with pytest.raises(RequestRefused) as refused:
        await anext(stage.subscriptions.events(operation, None))
    assert refused.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert stage.groups == 0


async def test_a_stranger_founds_no_group(stage: Stage, market: Market) -> None:
    """Whoever is refused leaves nothing behind."""
    stranger = await new_account(market.means)
    with pytest.raises(RequestRefused) as refused:
        await stage.listen(stranger, UPDATES, id=f"ord_{(await confirmed(market)).hex}")
    assert refused.value.errors[0]["extensions"]["code"] == "NOT_FOUND"
    assert stage.groups == 0
    assert not list(stage.made.feeds.hub)
