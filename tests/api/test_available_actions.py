"""What `availableActions` says is what trying finds: for people and for tokens with few scopes, in every state."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.access import ALL_SCOPES, Actor, Scope
from tests.api import late
from tests.api.everything import PREPARED, try_everything
from tests.api.people import MUTATIONS, Hall, Json, Person
from tests.api.server import Server
from tests.api.test_no_party_makes_money import (
    Make,
    amending,
    cancelled,
    countered,
    disputed,
    escalated,
    landed_order,
    refused_refund,
    requested,
    scene_of,
)
from tests.market import Market, completed, dispatched, drafted, open_market, paid, submitted
from tests.means import TestMeans
from tests.tokens import issue_access_token

STATES: tuple[Make, ...] = (
    drafted,
    submitted,
    requested,
    amending,
    cancelled,
    landed_order,
    paid,
    dispatched,
    completed,
    disputed,
    countered,
    escalated,
    refused_refund,
    late.overdue,
    late.received_late,
    late.claimed,
    late.approved,
    late.waived,
)
# Whose token, and with which scopes it was made
TOKENS: tuple[tuple[str, frozenset[Scope]], ...] = (
    *((name, ALL_SCOPES) for name in ("buyer", "owner", "finance", "sales", "operator")),
    *((name, frozenset({Scope.ORDERS_READ})) for name in ("buyer", "owner", "operator")),
    *((name, ALL_SCOPES - {Scope.FINANCE_READ}) for name in ("owner", "finance")),
    ("owner", ALL_SCOPES - {Scope.SHIPMENTS_WRITE}),
)
# Judged by what the step is given: a draft that lacks something can be submitted as soon as it lacks nothing
OF_THE_INPUT = {
    "REQUIRED",
    "INVALID",
    "BUYER_NOT_MATCHED",
    "PAYMENT_METHOD_NOT_OFFERED",
    "OUT_OF_RANGE",
    "FILE_REFUSED",
}
# An order without a receipt or a shipment has none that could be named
OF_A_ROW = (
    "shipmentAttachProof",
    "claimDecide",
    "claimUndoDecision",
    "disputeAnswer",
    "disputeEscalate",
    "disputeDecide",
    "disputeReopen",
    "disputeWithdraw",
    "receiptAssociate",
    "receiptUndo",
    "receiptRefund",
    "shipmentCorrect",
    "trackingRecord",
)
# What gives nothing but what may be read anyway: a list of orders as a file
FOR_READERS = {"sheetRequest"}
STEPS = """query Steps($id: ID!) {
  node(id: $id) { ... on Order { availableActions { step available reason { code } } } }
  __type(name: "OrderStep") { enumValues { name description } }
}"""


@pytest.fixture
async def market(means: TestMeans) -> Market:
    """A market whose seller has quota for every order of this module."""
    return await open_market(means, quota_limit=10_000_000_00)


async def holder(hall: Hall, server: Server, market: Market, name: str, scopes: frozenset[Scope]) -> Person:
    """Somebody with an access token of these scopes."""
    actor: Actor = getattr(market if name in ("buyer", "operator") else market.seller, name)
    until = datetime.now(UTC) + timedelta(days=1)
    return await hall.enter(server, await issue_access_token(market.means, actor.account_id, scopes, until))


async def shown(person: Person, id: str) -> dict[str, tuple[str, str]]:
    """Of each step its mutation, and the code of the reason why it is not available; empty when it is."""
    found: Json = await person.ask(STEPS, id=id)
    values = found["__type"]["enumValues"]
    mutations = {value["name"]: value["description"].split("`")[1] for value in values if "`" in value["description"]}
    actions = [] if found["node"] is None else found["node"]["availableActions"]
    for action in actions:
        assert action["available"] is (action["reason"] is None)
    return {
        action["step"]: (mutations[action["step"]], action["reason"]["code"] if action["reason"] else "")
        for action in actions
    }


@pytest.mark.parametrize("make", STATES, ids=lambda make: make.__name__)
async def test_what_is_shown_is_what_trying_finds(server: Server, market: Market, hall: Hall, make: Make) -> None:
    """A step that is not available is refused for the reason shown; one that is, at most for what it is given."""
    for name, scopes in TOKENS:
        person = await holder(hall, server, market, name, scopes)
        scene = await scene_of(market, await make(market))
        for step, (mutation, code) in (await shown(person, scene.order)).items():
            if step == "RECORD_TRANSFER":  # the same mutation as for a receipt
                continue
            payload = await person.attempt(mutation, **PREPARED[mutation](scene))
            told = payload["userErrors"][0]["code"] if payload["userErrors"] else ""
            nothing_there = told == "NOT_FOUND" and mutation.startswith(OF_A_ROW)
            if not (nothing_there or (code == "" and told in OF_THE_INPUT)):
                assert (step, told) == (step, code), (name, sorted(scopes))
            if not told:  # it was done, so the next one is tried on another order
                scene = await scene_of(market, await make(market))


@pytest.mark.parametrize("name", ["buyer", "owner", "operator"])
async def test_a_token_for_reading_does_nothing(server: Server, market: Market, hall: Hall, name: str) -> None:
    """Whoever's it is, an operator's too: every mutation there is, but for what only lists."""
    person = await holder(hall, server, market, name, frozenset({Scope.ORDERS_READ, Scope.FINANCE_READ}))
    for make in (drafted, submitted, landed_order, dispatched):
        outcome = await try_everything(person, await scene_of(market, await make(market)))
        assert set(outcome) == set(MUTATIONS)
        done = {mutation for mutation, code in outcome.items() if not code}
        assert done <= FOR_READERS, make.__name__
