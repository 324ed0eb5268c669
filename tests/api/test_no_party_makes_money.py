"""No party makes money count (PAY-3): everything is tried by everybody, and what the ledger holds was stated."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.actions import disputes, fulfilment, orders, payments
from app.db import tables as t
from app.domain.access import ALL_SCOPES, Actor
from app.domain.money import Money as Amount
from app.domain.policy import PaymentMethod
from app.domain.remedies import DisputeAnswer, DisputeReason
from tests.api.everything import PREPARED, Scene, try_everything
from tests.api.people import Hall
from tests.api.server import BANK_SECRET, PROVIDER, PROVIDER_SECRET, Server
from tests.api.statements import Statement, landed, paid
from tests.domain.build import terms
from tests.market import (
    Market,
    by,
    completed,
    confirmed,
    dispatched,
    drafted,
    open_market,
    order_row,
    row_of,
    submitted,
    transfer,
)
from tests.market import paid as paid_order
from tests.means import TestMeans
from tests.tokens import issue_access_token

FACTS = {
    "receipts": "SELECT id, amount, currency, provider, reference FROM receipts WHERE {} ORDER BY id",
    "from the world": "SELECT m.currency, sum(m.amount) FROM moves m JOIN entries ON entries.id = m.entry_id"
    " WHERE m.from_account = 'WORLD' AND {} GROUP BY 1 ORDER BY 1",
    "received": "SELECT currency, sum(received) FROM instalments WHERE {} GROUP BY 1 ORDER BY 1",
    "entries": "SELECT count(*) FROM entries WHERE {}",
}
# The only steps by which a party moves money of an order that has been stated
MOVING = {"receiptAssociate", "orderConfirmReceipt", "disputeAnswer"}
# What some party can do before any money was stated
WITHOUT_STATEMENTS = frozenset(
    "productCreate sellerLaneCreate enrolmentJoin consignmentLink"
    " orderDraft orderEdit orderMatchBuyer orderAssign orderLabel orderAddNote orderSetReference"
    " orderSetLeadSource"
    " orderAssignMany orderLabelMany deskSettingsChange milestoneAdd sheetRequest"
    " accessTokenCreate webhookEndpointCreate"
    " orderSubmit orderConfirm paymentStart"
    " amendmentPropose amendmentAnswer amendmentWithdraw orderRevise orderCancel orderDecline orderDelete".split()
)
Make = Callable[[Market], Awaitable[UUID]]


async def money(means: TestMeans, order_id: UUID | None = None) -> dict[str, list[Any]]:
    """What the database knows of money that came in, for one order or for all."""
    which = "true" if order_id is None else "order_id = :id"
    async with means.engine.connect() as connection:
        return {
            name: [tuple(row) for row in await connection.execute(text(sql.format(which)), {"id": order_id})]
            for name, sql in FACTS.items()
        }


async def requested(market: Market) -> UUID:
    """A buyer's request that awaits the seller."""
    written = {**terms(), "email": market.buyer.email}
    order_id = await orders.draft(market.means, by(market.buyer), written, market.seller.id)
    return await orders.submit(market.means, by(market.buyer), order_id)


async def started(market: Market) -> UUID:
    """An agreed order with a payment on its way."""
    order_id = await confirmed(market)
    await payments.start(market.means, by(market.buyer), order_id, None, PaymentMethod.VISA, PROVIDER)
    return order_id


async def cancelled(market: Market) -> UUID:
    """A closed order."""
    return await orders.cancel(market.means, by(market.buyer), await confirmed(market), "No longer needed.")


async def amending(market: Market) -> UUID:
    """An agreed order with an amendment that waits for the buyer."""
    order_id = await confirmed(market)
    await fulfilment.propose_amendment(market.means, by(market.seller.owner), order_id, {"carrier": "UPS"}, None)
    return order_id


async def landed_order(market: Market) -> UUID:
    """An agreed order whose deposit has landed and waits to be associated."""
    order_id = await confirmed(market)
    await transfer(market, order_id, 165_37)
    return order_id


async def disputed(market: Market) -> UUID:
    """A paid order of which the buyer asks something back."""
    order_id = await paid_order(market)
    asked = Amount(100_00, "USD")
    await disputes.apply_for_refund(market.means, by(market.buyer), order_id, DisputeReason.QUALITY, asked, None)
    return order_id


async def _dispute(market: Market, order_id: UUID) -> UUID:
    async with market.means.engine.connect() as connection:
        query = text("SELECT id FROM disputes WHERE order_id = :id")
        found: UUID = (await connection.execute(query, {"id": order_id})).scalar_one()
    return found


async def countered(market: Market) -> UUID:
    """A dispute in which the seller offers less."""
    order_id = await disputed(market)
    offered, dispute = Amount(40_00, "USD"), await _dispute(market, order_id)
    await disputes.answer(market.means, by(market.seller.sales), dispute, DisputeAnswer.COUNTER, offered, None)
    return order_id


async def escalated(market: Market) -> UUID:
    """A dispute that the operators are to decide."""
    order_id = await disputed(market)
    await disputes.escalate(market.means, by(market.buyer), await _dispute(market, order_id), None)
    return order_id


async def refused_refund(market: Market) -> UUID:
    """A dispute in which an operator said that nothing goes back."""
    order_id = await escalated(market)
    dispute = await _dispute(market, order_id)
    await disputes.decide(market.means, by(market.operator), dispute, Amount(0, "USD"), "Nothing shows it.")
    return order_id


WITHOUT_MONEY: tuple[Make, ...] = (drafted, submitted, requested, confirmed, started, amending, cancelled)
WITH_MONEY: tuple[Make, ...] = (landed_order, paid_order, dispatched, completed, disputed, countered, escalated)


async def scene_of(market: Market, order_id: UUID) -> Scene:
    """What the inputs name of an order."""
    async with market.means.engine.connect() as connection:

        async def public(prefix: str, query: str, id: UUID) -> dict[str, str]:
            found = (await connection.execute(text(query), {"id": id})).scalar()
            name = {"rcp": "receipt", "shp": "shipment", "mem": "member", "dsp": "dispute", "clm": "claim"}[prefix]
            return {} if found is None else {name: f"{prefix}_{found.hex}"}

        rows = {
            **await public("rcp", "SELECT id FROM receipts WHERE order_id = :id", order_id),
            **await public("shp", "SELECT id FROM shipments WHERE order_id = :id", order_id),
            **await public("clm", "SELECT id FROM claims WHERE order_id = :id", order_id),
            **await public("dsp", "SELECT id FROM disputes WHERE order_id = :id", order_id),
            **await public("mem", "SELECT id FROM members WHERE seller_id = :id AND role = 'SALES'", market.seller.id),
        }
    return Scene(f"ord_{order_id.hex}", f"sel_{market.seller.id.hex}", market.buyer.email, **rows)


def tokens(market: Market) -> dict[str, Actor]:
    """Everybody who is a party, by the name of their token."""
    seller = market.seller
    people = {"buyer": market.buyer, "owner": seller.owner, "finance": seller.finance, "sales": seller.sales}
    return {**people, "buyer's integration": market.buyer, "owner's integration": seller.owner}


async def enter(hall: Hall, server: Server, market: Market, name: str) -> Any:
    """Somebody with their token; an integration has an access token with every scope there is."""
    actor = tokens(market)[name]
    if "integration" not in name:
        return await hall.enter(server, actor)
    until = datetime.now(UTC) + timedelta(days=1)
    token = await issue_access_token(market.means, actor.account_id, ALL_SCOPES, until)
    return await hall.enter(server, token)


NAMES = ("buyer", "owner", "finance", "sales", "buyer's integration", "owner's integration")


@pytest.fixture
async def market(means: TestMeans) -> Market:
    """A market whose seller has quota for every order of this module."""
    return await open_market(means, quota_limit=10_000_000_00)


async def test_nobody_makes_money_where_none_was_stated(server: Server, market: Market, hall: Hall) -> None:
    """Every mutation, by each token, on orders in every state that needs no money: the ledger stays empty."""
    nothing = await money(market.means)
    assert (nothing["receipts"], nothing["entries"]) == ([], [(0,)])
    done: set[str] = set()

    async def attempts(name: str) -> None:
        person = await enter(hall, server, market, name)
        for make in WITHOUT_MONEY:
            scene = await scene_of(market, await make(market))
            outcome = await try_everything(person, scene, backwards="integration" in name)
            done.update(mutation for mutation, code in outcome.items() if not code)
            found = await money(market.means)
            assert all(amount == 0 for _, amount in found.pop("received")), (name, make.__name__)
            assert found | {"received": nothing["received"]} == nothing, (name, make.__name__)

    await asyncio.gather(*map(attempts, NAMES))
    assert done == WITHOUT_STATEMENTS


async def test_forged_statements_make_no_money(server: Server, market: Market, hall: Hall) -> None:
    """Unsigned, signed by somebody else, or sent with a party's token instead: refused, and nothing is recorded."""
    order_id = await confirmed(market)
    payment_id = await payments.start(market.means, by(market.buyer), order_id, None, PaymentMethod.VISA, PROVIDER)
    row = await row_of(market.means, t.payments, payment_id)
    payment = {"reference": row["reference"], "amount": {"amount": "165.37", "currencyCode": "USD"}}
    account = await _account(market, order_id)
    nothing = await money(market.means)
    jwt_key = server.settings.jwt_secrets[0]
    forged: list[Statement] = [
        *(paid(payment, secret) for secret in (None, BANK_SECRET, jwt_key, "a-key-that-somebody-has-made-up-himself")),
        *(paid(payment, PROVIDER_SECRET, provider) for provider in ("", "demonstration", "bank", "BANK_FEED")),
        *(landed(account, "165.37", secret=secret) for secret in (None, PROVIDER_SECRET, jwt_key)),
    ]
    for statement in forged:
        answer = await statement.send(server)
        assert answer.status_code in (401, 404, 405), (statement, answer.text)
        for name in ("buyer", "finance"):
            token = hall.token(server, tokens(market)[name])
            answer = await replace(statement, headers={"authorization": f"Bearer {token}"}).send(server)
            assert answer.status_code in (401, 404, 405), (statement, answer.text)
    assert await money(market.means) == nothing
    assert (await paid(payment).send(server)).status_code == 200
    assert (await money(market.means))["received"] != nothing["received"]


async def test_parties_only_move_what_was_stated(server: Server, market: Market, hall: Hall) -> None:
    """On orders with money nothing comes in beyond the statements; owner and finance associate what has landed."""
    associated = set()

    async def attempts(name: str) -> None:
        person = await enter(hall, server, market, name)
        for make in WITH_MONEY:
            order_id = await make(market)
            before = await money(market.means, order_id)
            outcome = await try_everything(person, await scene_of(market, order_id))
            after = await money(market.means, order_id)
            for fact in ("receipts", "from the world"):
                assert after[fact] == before[fact], (name, make.__name__)
            if outcome["receiptAssociate"]:
                assert after["received"] == before["received"], (name, make.__name__)
            else:
                assert (make, after["received"]) == (landed_order, [("USD", 165_37)]), name
                associated.add(name)
            if not {mutation for mutation, code in outcome.items() if not code} & MOVING:
                assert after["entries"] == before["entries"], (name, make.__name__)

    await asyncio.gather(*map(attempts, NAMES))
    assert associated == {"owner", "finance", "owner's integration"}


async def test_an_operator_records_with_the_same_input(server: Server, market: Market, hall: Hall) -> None:
    """What was refused to the parties is done for an operator: so the refusals were for who they are."""
    order_id = await confirmed(market)
    scene = await scene_of(market, order_id)
    operator, buyer = await hall.enter(server, market.operator), await hall.enter(server, market.buyer)
    assert await buyer.refused("receiptRecord", **PREPARED["receiptRecord"](scene)) == [("FORBIDDEN", "")]
    await operator.do("receiptRecord", **PREPARED["receiptRecord"](scene))
    assert (await order_row(market.means, order_id))["received"] == 165_37


async def _account(market: Market, order_id: UUID) -> str:
    async with market.means.engine.connect() as connection:
        query = text("SELECT number FROM collection_accounts WHERE order_id = :id LIMIT 1")
        return str((await connection.execute(query, {"id": order_id})).scalar_one())
