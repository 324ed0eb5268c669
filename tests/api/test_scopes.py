"""Tokens, scopes and operations: what each takes is what a table kept by hand says, found by trying every cell."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from gql.transport.exceptions import TransportQueryError
from sqlalchemy import false

from app.actions import claims, consignments, disputes, fulfilment, sheets
from app.domain.access import ALL_SCOPES, Actor, Role, Scope
from app.domain.fulfilment import Parcel
from app.domain.happenings import AUDIENCE, SCOPED
from app.domain.remedies import DisputeReason
from app.domain.sheets import Choice, SheetFormat
from app.graphql.schema import engine
from app.reads.visibility import Standing
from tests.actions import shelf
from tests.api import late
from tests.api.contracts import key
from tests.api.people import MUTATIONS, SCHEMA, Hall, Json, Person
from tests.api.server import Server
from tests.api.test_keys import actor_of
from tests.api.valid import CASES, ELSEWHERE, given
from tests.market import Market, by, confirmed, open_market, order_row
from tests.means import TestMeans
from tests.tokens import issue_access_token

TABLE = (Path(__file__).parent.parent / "scopes.txt").read_text()
AT_ONCE = 6
PERSON = "PERSON"
Scopes = frozenset[Scope]


def _rows(kind: str) -> dict[str, Scopes | None]:
    """Operation → the scopes it takes; None for what no access token does."""
    rows: dict[str, Scopes | None] = {}
    for line in TABLE.splitlines():
        words = line.split()
        if not words or words[0] != kind:
            continue
        _, name, *needs = words
        assert name not in rows and needs, name
        rows[name] = None if needs == [PERSON] else frozenset(map(Scope, needs)) if needs != ["."] else frozenset()
    return rows


def cells(needs: Scopes) -> list[tuple[Scopes, bool]]:
    """Tokens to try, and whether each is served: one with every scope but one for each needed, then just the needed."""
    return [*((ALL_SCOPES - {lacking}, False) for lacking in sorted(needs)), (needs, True)]


@dataclass(frozen=True)
class Door:
    """Lets programs in."""

    server: Server
    means: TestMeans
    hall: Hall

    async def program(self, actor: Actor, scopes: Iterable[Scope]) -> Person:
        """Somebody's program, with these scopes."""
        until = datetime.now(UTC) + timedelta(days=1)
        return await self.hall.enter(self.server, await issue_access_token(self.means, actor.account_id, scopes, until))


@pytest.fixture
def door(server: Server, means: TestMeans, hall: Hall) -> Door:
    """The door of this module's server."""
    return Door(server, means, hall)


def test_every_operation_has_its_row() -> None:
    """INT-4: whoever adds a query, a mutation, a subscription or a part of an order says what it takes."""
    assert SCHEMA.query_type is not None and SCHEMA.subscription_type is not None
    assert set(_rows("query")) == set(SCHEMA.query_type.fields) == set(QUERIES)
    assert set(_rows("subscription")) == set(SCHEMA.subscription_type.fields)
    assert set(_rows("mutation")) == set(MUTATIONS)
    assert set(_rows("read")) == _scoped_fields()
    assert set(_rows("event")) == {str(kind) for kinds in SCOPED.values() for kind in kinds}


def _scoped_fields() -> set[str]:
    """The fields of an order that are hidden from some token for lack of a scope, or lead to what is."""
    bare = Standing(Role.OWNER, True, True, False, False, False)

    def hidden(rule: Any) -> bool:
        return rule is not None and bool(rule(bare).compare(false()))

    entities = engine.catalog.entities
    return {
        name
        for name, field in entities["Order"].fields.items()
        if hidden(field.reads.only) or (field.target in entities and hidden(entities[field.target].reads.visible))
    }


def test_each_event_of_a_noun_takes_what_reading_it_takes() -> None:
    """INT-4, section 13: the noun's own scope, that to read orders, and that for finances where it is theirs."""
    for scope, kinds in SCOPED.items():
        for kind in kinds:
            finance = set() if Role.SALES in AUDIENCE[kind] else {Scope.FINANCE_READ}
            assert (_rows("event")[kind] or set()) == {Scope.ORDERS_READ, scope, *finance}, kind


# --- mutations --------------------------------------------------------------------------------------------------


async def _told(person: Person, name: str, input: Json) -> str:
    """The code a mutation is refused with, "" for what was done."""
    errors = (await person.attempt(name, **input, idempotencyKey=key()))["userErrors"]
    return str(errors[0]["code"]) if errors else ""


async def _wrong(door: Door, name: str, needs: Scopes | None) -> list[str]:
    case = CASES[name]
    market = await open_market(door.means, quota_limit=10_000_000_00, **case.seller)
    actor, input = actor_of(case, market), await given(name, case, market)
    if needs is None:
        code = await _told(await door.program(actor, ALL_SCOPES), name, input)
        wrong = [] if code == "PERSON_NEEDED" else [f"{name} by a token is answered {code or 'and done'}"]
        code = await _told(await door.hall.enter(door.server, actor), name, input)
        return [*wrong, *([f"{name} in person is answered {code}"] if code else [])]
    wrong = []
    for scopes, served in cells(needs):
        code = await _told(await door.program(actor, scopes), name, input)
        expected = {""} if served else {"SCOPE_MISSING", "NOT_FOUND"}
        if code not in expected:
            wrong.append(f"{name} with {sorted(scopes)} is answered {code or 'and done'}")
    return wrong


async def test_a_mutation_takes_what_its_row_says_and_no_more(door: Door) -> None:
    """INT-2, INT-4: with just these scopes it is done, without any of them it is refused, whatever others there are."""
    wrong: list[str] = []
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str, needs: Scopes | None) -> None:
        async with gate:
            try:
                wrong.extend(await _wrong(door, name, needs))
            except Exception as error:
                wrong.append(f"{name} fails: {error!r}")

    await asyncio.gather(*(one(name, needs) for name, needs in _rows("mutation").items() if name not in ELSEWHERE))
    assert "\n".join(wrong) == ""


# --- queries ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fair:
    """An order with everything that there is to see of one, and what else queries name."""

    market: Market
    order: str
    number: str
    link: str
    sheet: str
    product: str


async def _eventful(market: Market) -> UUID:
    """An order with a claim, a waiver, a dispute, a milestone, a consignment and a shipment."""
    order_id, means, owner = await late.claimed(market), market.means, by(market.seller.owner)
    await claims.waive(means, by(market.operator), order_id, True, "The port was closed.")
    await fulfilment.add_milestone(means, owner, order_id, means.clock.now().date(), "Cut.", [])
    await consignments.link(means, owner, order_id, f"YDT {order_id.hex}", None)
    await fulfilment.dispatch(means, owner, order_id, Parcel("DHL", "1Z 1"))
    await disputes.apply_for_refund(means, by(market.buyer), order_id, DisputeReason.QUALITY, None, None)
    return order_id


async def _fair(door: Door) -> Fair:
    market = await open_market(door.means, quota_limit=10_000_000_00)
    order_id = await _eventful(market)
    row = await order_row(door.means, order_id)
    sheet = await sheets.request(door.means, by(market.seller.owner), SheetFormat.CSV, Choice(None, None))
    product = await shelf.new_product(market, await shelf.new_lane(market))
    return Fair(market, f"ord_{order_id.hex}", row["number"], row["link"], f"sht_{sheet.hex}", f"prd_{product.hex}")


def _has(*path: str) -> Callable[[Json], bool]:
    """Whether there is something in an answer, at a path."""

    def served(data: Json) -> bool:
        found: Any = data
        for name in path:
            found = found[name]
        return found not in (None, [], [None])

    return served


# Each with what it is asked, and how one sees that it was answered; of `sheetLink` that it was not refused
QUERIES: dict[str, tuple[str, Callable[[Json], bool]]] = {
    "viewer": ("{ viewer { role } }", _has("viewer")),
    "order": ('{ order(number: "%(number)s") { id } }', _has("order")),
    "node": ('{ node(id: "%(order)s") { id } }', _has("node")),
    "nodes": ('{ nodes(ids: ["%(order)s"]) { id } }', _has("nodes")),
    "products": ("{ products(first: 1) { nodes { id } } }", _has("products", "nodes")),
    "sellers": ("{ sellers(first: 1) { nodes { id } } }", _has("sellers", "nodes")),
    "lanes": ("{ lanes(first: 1) { nodes { id } } }", _has("lanes", "nodes")),
    "serverTime": ("{ serverTime }", _has("serverTime")),
    "clock": ("{ clock { now } }", _has("clock")),
    "events": ("{ events(first: 100) { messages { cursor } } }", _has("events", "messages")),
    "changedOrders": ('{ changedOrders(after: "f.0.0") { changes { orderId } } }', _has("changedOrders", "changes")),
    "orderLink": ('{ orderLink(link: "%(link)s") { sellerName } }', _has("orderLink")),
    "checkoutQuote": (
        '{ checkoutQuote(input: { lines: [{ productId: "%(product)s", quantity: "3" }], destination: "US" })'
        " { __typename } }",
        _has("checkoutQuote"),
    ),
    "amendmentEffect": (
        '{ amendmentEffect(orderId: "%(order)s", contract: { carrier: "UPS" }) { __typename } }',
        _has("amendmentEffect"),
    ),
    "ledgerProof": ('{ ledgerProof(orderId: "%(order)s") { holds } }', _has("ledgerProof")),
    "orderAsOf": ('{ orderAsOf(orderId: "%(order)s", at: "%(now)s") { status } }', _has("orderAsOf")),
    "simulateOrder": ('{ simulateOrder(input: { orderId: "%(order)s" }) { status } }', _has("simulateOrder")),
    "simulateDispatch": ('{ simulateDispatch(orderIds: ["%(order)s"]) { at } }', _has("simulateDispatch")),
    "deliveryRanking": ("{ deliveryRanking(first: 1) { nodes { place } } }", lambda data: "deliveryRanking" in data),
    "sheetLink": ('{ sheetLink(sheetId: "%(sheet)s") { path } }', lambda data: "sheetLink" in data),
}
# Only a buyer is quoted a price
BUYERS = {"checkoutQuote"}
READS = {
    "claimCheck": "claimCheck { __typename }",
    "claim": "claim { id }",
    "postings": "postings(first: 1) { nodes { id } }",
    **{name: f"{name} {{ id }}" for name in ("shipments", "milestones", "consignments", "disputes", "waivers")},
}


async def _served(person: Person, document: str, served: Callable[[Json], bool]) -> bool:
    try:
        return served(await person.ask(document))
    except TransportQueryError:
        return False


async def _tried(door: Door, fair: Fair, kind: str, asked: Callable[[str], tuple[str, Callable[[Json], bool]]]) -> str:
    wrong = []
    for name, needs in _rows(kind).items():
        assert needs is not None
        document, answered = asked(name)
        for scopes, expected in cells(needs):
            actor = fair.market.buyer if name in BUYERS else fair.market.seller.owner
            person = await door.program(actor, scopes)
            if await _served(person, document, answered) is not expected:
                wrong.append(f"{name} with {sorted(scopes)} is {'not ' if expected else ''}served")
    return "\n".join(wrong)


async def _numbered(door: Door, fair: Fair) -> None:
    """Wait until what was done beside the server stands in the feed."""
    owner = await door.hall.enter(door.server, fair.market.seller.owner)
    async with owner.connected() as socket:
        listener = await socket.listen("subscription { events { cursor event { kind } } }")
        await owner.do("orderSetReference", orderId=fair.order, reference="Numbered")
        await listener.kind("SELLER_REFERENCE_SET")


async def test_a_query_takes_what_its_row_says_and_no_more(door: Door) -> None:
    """INT-4: what is out of scope is as if it were not there, or refused as such."""
    fair = await _fair(door)
    await _numbered(door, fair)
    now = door.means.clock.now().isoformat()
    words = {**vars(fair), "now": now}
    assert await _tried(door, fair, "query", lambda name: (QUERIES[name][0] % words, QUERIES[name][1])) == ""


async def test_a_part_of_an_order_takes_what_its_row_says_and_no_more(door: Door) -> None:
    """INT-4: lists are empty and objects null, as if there were none."""
    fair = await _fair(door)

    def asked(name: str) -> tuple[str, Callable[[Json], bool]]:
        return (
            f'{{ order(number: "{fair.number}") {{ {READS[name]} }} }}',
            lambda data: _has("order")(data) and _has("order", name)(data),
        )

    assert await _tried(door, fair, "read", asked) == ""


async def test_an_event_takes_what_its_row_says_and_no_more(door: Door) -> None:
    """INT-4: in the feed and in the order's log alike; one that did not happen here goes by the same table."""
    fair = await _fair(door)
    await _numbered(door, fair)
    rows, happened = _rows("event"), set[str]()
    every = set().union(*(needs or set() for needs in rows.values()))
    feed = "{ events(first: 100) { messages { event { kind } } } }"
    log = f'{{ order(number: "{fair.number}") {{ log(first: 100) {{ nodes {{ kind }} }} }} }}'
    for scopes in (ALL_SCOPES, *(ALL_SCOPES - {lacking} for lacking in sorted(every))):
        person = await door.program(fair.market.seller.owner, scopes)
        fed = {each["event"]["kind"] for each in (await person.ask(feed))["events"]["messages"]}
        order = (await person.ask(log))["order"]
        logged = {each["kind"] for each in order["log"]["nodes"]} if order else set()
        happened |= fed & set(rows)
        told = {kind for kind in happened if (rows[kind] or frozenset()) <= scopes}
        assert (fed & set(rows), logged & set(rows)) == (told, told), sorted(scopes)
    known = {
        "CLAIM_FILED",
        "WAIVER_GRANTED",
        "DISPUTE_OPENED",
        "MILESTONE_ADDED",
        "CONSIGNMENT_LINKED",
        "GOODS_DISPATCHED",
    }
    assert known <= happened


# --- subscriptions ----------------------------------------------------------------------------------------------


async def test_a_subscription_takes_what_its_row_says_and_no_more(door: Door) -> None:
    """INT-4: with just these scopes an event of the order is heard live, without any of them it is not."""
    market = await open_market(door.means)
    order_id = await confirmed(market)
    documents = {
        "orderUpdates": f'subscription {{ orderUpdates(orderId: "ord_{order_id.hex}") {{ cursor event {{ kind }} }} }}',
        "events": "subscription { events { cursor event { kind } } }",
        "orderList": "subscription { orderList { cursor change } }",
    }

    def told(message: Json) -> bool:
        return message.get("change") == "UPDATE" or (message.get("event") or {}).get("kind") == "SELLER_REFERENCE_SET"

    owner = await door.hall.enter(door.server, market.seller.owner)
    for name, needs in _rows("subscription").items():
        assert needs is not None
        for scopes, served in cells(needs):
            person = await door.program(market.seller.owner, scopes)
            async with person.connected() as socket, owner.connected() as own:
                listener, sure = await socket.listen(documents[name]), await own.listen(documents["events"])
                await sure.opened()
                if served:
                    await listener.opened()
                await owner.do("orderSetReference", orderId=f"ord_{order_id.hex}", reference=key())
                await sure.kind("SELLER_REFERENCE_SET")
                if served:
                    await listener.until(told)
                assert any(map(told, listener.messages)) is served, (name, sorted(scopes))
