"""Retries under an idempotency key: answered, not repeated; another request under it is refused."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.actions import orders, products, sellers
from app.actions.work import Call, call_of
from app.domain.errors import ErrorCode
from app.domain.lifecycle import Step, Who
from tests.actions import taking
from tests.actions.looking import look, refusal
from tests.actions.racing import at_once, won
from tests.actions.taking import (
    TAKE,
    deposited,
    received,
)
from tests.domain.shelf import SHEET
from tests.market import (
    Market,
    by,
    confirmed,
    order_row,
    submitted,
)


def keyed(market: Market, given: dict[str, Any], operation: str = "orderCancel", who: Who = Who.OWNER) -> Call:
    """A call with the key that all of these tests use."""
    actor = taking.call_of(market, who).actor
    assert actor is not None
    return call_of(actor, operation, given, "the key")


async def test_a_retry_is_answered_and_nothing_done(market: Market) -> None:
    """INT-3: the same key and input: the same id, no new version, no new event."""
    order_id = await deposited(market)
    call = keyed(market, {"order": str(order_id)}, "orderDispatch")
    shipment_id = await TAKE[Step.DISPATCH](market, call, order_id)
    before = await look(market, order_id)
    assert await TAKE[Step.DISPATCH](market, call, order_id) == shipment_id
    assert await look(market, order_id) == before


async def test_another_input_or_operation_under_a_key_is_refused(market: Market) -> None:
    """INT-3: a key names one request; under it nothing else is done."""
    order_id = await confirmed(market)
    await orders.set_reference(market.means, keyed(market, {"reference": "A1"}, "orderSetReference"), order_id, "A1")
    before = await look(market, order_id)
    for call in (keyed(market, {"reference": "B2"}, "orderSetReference"), keyed(market, {"reference": "A1"})):
        refused = await refusal(orders.set_reference(market.means, call, order_id, "B2"))
        assert (refused.code, refused.field) == (ErrorCode.IDEMPOTENCY_KEY_REUSED, ("idempotencyKey",))
    assert await look(market, order_id) == before


async def test_keys_are_their_users_own(market: Market) -> None:
    """INT-3: two people, and two tokens of one person, may use the same word for different requests."""
    order_id = await confirmed(market)
    token = replace(market.seller.owner, token_id=market.means.mint.id())
    calls = [
        keyed(market, {"reference": "1"}),
        keyed(market, {"reference": "2"}, who=Who.SALES),
        call_of(token, "orderCancel", {"reference": "3"}, "the key"),
    ]
    for at, call in enumerate(calls):
        await orders.set_reference(market.means, call, order_id, str(at))
    assert (await order_row(market.means, order_id))["seller_reference"] == "2"


async def test_of_many_with_one_key_one_makes_something(doors: list[Market]) -> None:
    """INT-3: fifty at once through two doors, of what has no row to lock yet: one product, and all are answered it."""
    call = call_of(doors[0].seller.owner, "productCreate", {}, "one product")

    async def one(door: Market) -> UUID:
        return await products.create(door.means, call, SHEET)

    (outcomes,) = await at_once(doors, one)
    assert (won(outcomes), len(set(outcomes))) == (len(outcomes), 1)
    async with doors[0].means.engine.connect() as connection:
        query = text("SELECT count(*) FROM products WHERE seller_id = :id")
        assert (await connection.execute(query, {"id": doors[0].seller.id})).scalar_one() == 1


async def test_a_refused_request_leaves_its_key_free(market: Market) -> None:
    """INT-3: what was refused was not done, so the same request may be sent again when its time has come."""
    order_id = await submitted(market)
    call = keyed(market, {"amend": 1}, "orderProposeAmendment")
    step = TAKE[Step.PROPOSE_AMENDMENT]
    assert (await refusal(step(market, call, order_id))).code is ErrorCode.STEP_NOT_ALLOWED
    await orders.confirm(market.means, by(market.buyer), order_id)
    assert await step(market, call, order_id) != order_id


async def test_a_withdrawal_is_made_once_a_key(market: Market) -> None:
    """PAY-8: the retry of a withdrawal withdraws nothing."""
    await received(market)
    call = keyed(market, {"amount": "1.00"}, "withdrawalMake", Who.FINANCE)
    made = await sellers.withdraw(market.means, call, 1_00, "USD")
    assert await sellers.withdraw(market.means, call, 1_00, "USD") == made
    async with market.means.engine.connect() as connection:
        query = text("SELECT count(*) FROM withdrawals WHERE seller_id = :seller")
        assert (await connection.execute(query, {"seller": market.seller.id})).scalar() == 1
