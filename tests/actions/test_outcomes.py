"""Steps of the lifecycle with several outcomes (section 16): each is reached through actions by the facts it names."""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text

from app.actions import disputes, fulfilment
from app.domain.conditions import State
from app.domain.fulfilment import Parcel
from app.domain.lifecycle import Step, Who
from app.domain.money import Money
from app.domain.records import DispatchTerm
from app.domain.remedies import DisputeAnswer, DisputeReason
from tests.actions.looking import where
from tests.actions.shelf import bought, coupon_of
from tests.actions.taking import (
    REACH,
    TAKE,
    answered_request,
    associated,
    call_of,
    card,
    deposited,
    in_money,
    partly_sent,
    request_draft,
    send,
    sent,
)
from tests.domain.book import OUTCOMES
from tests.domain.build import one_line, terms
from tests.market import Market, by, confirmed, drafted, order_row, submitted

DEPOSIT = 165_37
Way = Callable[[Market], Awaitable[UUID]]


async def _take(market: Market, step: Step, who: Who, order_id: UUID) -> UUID:
    await TAKE[step](market, call_of(market, who), order_id)
    return order_id


async def _confirm_with(market: Market, held: int) -> UUID:
    order_id = await submitted(market)
    await card(market, order_id, held)
    return await _take(market, Step.CONFIRM, Who.BUYER, order_id)


async def _paid(market: Market, amount: int) -> UUID:
    order_id = await confirmed(market)
    await card(market, order_id, amount)
    return order_id


async def _transferred(market: Market, amount: int) -> UUID:
    order_id = await confirmed(market)
    await associated(market, order_id, amount)
    return order_id


async def _undone_beside_the_deposit(market: Market) -> UUID:
    order_id = await deposited(market)
    await associated(market, order_id)
    return await _take(market, Step.UNDO_ASSOCIATION, Who.OPERATOR, order_id)


async def _undone(market: Market) -> UUID:
    return await _take(market, Step.UNDO_ASSOCIATION, Who.OPERATOR, await _transferred(market, DEPOSIT))


async def _amended(market: Market, accept: bool) -> UUID:
    """An order that waited for everything, and with its deposit in is asked to wait for the deposit only."""
    order_id = await confirmed(market, terms(dispatch_term=DispatchTerm.DAYS_AFTER_FULL_PAYMENT))
    await card(market, order_id, DEPOSIT)
    patch = {"dispatch_term": DispatchTerm.DAYS_AFTER_DEPOSIT}
    await fulfilment.propose_amendment(market.means, by(market.seller.owner), order_id, patch, None)
    return await fulfilment.answer_amendment(market.means, by(market.buyer), order_id, accept)


async def _sent_in_two(market: Market) -> UUID:
    order_id = await partly_sent(market)
    await send(market, order_id)
    return order_id


async def _sent_in_three(market: Market) -> UUID:
    order_id = await deposited(market, terms(items=(*terms()["items"], *one_line("1.00")["items"])))
    await send(market, order_id, 1)
    async with market.means.engine.connect() as connection:
        query = text("SELECT id, quantity FROM items WHERE order_id = :order ORDER BY position OFFSET 1 LIMIT 1")
        row = (await connection.execute(query, {"order": order_id})).one()
    parcel = Parcel("DHL", "JD0002", quantities={row.id: row.quantity})
    await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, parcel)
    return order_id


async def _bought_by_coupon(market: Market) -> UUID:
    return await bought(market, coupon_id=await coupon_of(market, 61_72))


async def _then(reach: Way, step: Step, who: Who, market: Market) -> UUID:
    return await _take(market, step, who, await reach(market))


REACHED: dict[tuple[Step, State, State], Way] = {
    (Step.SUBMIT, State.DRAFT, State.CONF_BUYER): lambda market: _then(drafted, Step.SUBMIT, Who.SALES, market),
    (Step.SUBMIT, State.DRAFT, State.CONF_SELLER): lambda market: _then(request_draft, Step.SUBMIT, Who.BUYER, market),
    (Step.SUBMIT, State.DRAFT, State.PAYMENT): bought,
    (Step.SUBMIT, State.DRAFT, State.DISPATCH): _bought_by_coupon,
    (Step.REVISE, State.CONF_BUYER, State.DRAFT): lambda market: _then(submitted, Step.REVISE, Who.SALES, market),
    (Step.REVISE, State.CONF_BUYER, State.CONF_SELLER): lambda market: _then(
        answered_request, Step.REVISE, Who.OWNER, market
    ),
    (Step.CONFIRM, State.CONF_BUYER, State.PAYMENT): lambda market: _confirm_with(market, DEPOSIT - 1),
    (Step.CONFIRM, State.CONF_BUYER, State.DISPATCH): lambda market: _confirm_with(market, DEPOSIT),
    (Step.RECORD_RECEIPT, State.PAYMENT, State.PAYMENT): lambda market: _paid(market, DEPOSIT - 1),
    (Step.RECORD_RECEIPT, State.PAYMENT, State.DISPATCH): lambda market: _paid(market, DEPOSIT),
    (Step.ASSOCIATE, State.PAYMENT, State.PAYMENT): lambda market: _transferred(market, DEPOSIT - 1),
    (Step.ASSOCIATE, State.PAYMENT, State.DISPATCH): lambda market: _transferred(market, DEPOSIT),
    (Step.UNDO_ASSOCIATION, State.DISPATCH, State.DISPATCH): _undone_beside_the_deposit,
    (Step.UNDO_ASSOCIATION, State.DISPATCH, State.PAYMENT): _undone,
    (Step.ANSWER_AMENDMENT, State.PAYMENT, State.PAYMENT): lambda market: _amended(market, accept=False),
    (Step.ANSWER_AMENDMENT, State.PAYMENT, State.DISPATCH): lambda market: _amended(market, accept=True),
    (Step.DISPATCH, State.DISPATCH, State.PARTLY): partly_sent,
    (Step.DISPATCH, State.DISPATCH, State.DISPATCHED): sent,
    (Step.DISPATCH, State.PARTLY, State.PARTLY): _sent_in_three,
    (Step.DISPATCH, State.PARTLY, State.DISPATCHED): _sent_in_two,
}


async def _argued(step: Step, state: State, full: bool, market: Market) -> UUID:
    """The last word of a dispute is spoken: a part of what was paid goes back, or all of it."""
    order_id = await REACH[state](market)
    await in_money(market, order_id)
    means, buyer, seller = market.means, by(market.buyer), by(market.seller.sales)
    amount = None if full else Money(100, "USD")
    dispute = await disputes.apply_for_refund(means, buyer, order_id, DisputeReason.QUALITY, amount, None)
    if step is Step.ANSWER_DISPUTE:
        await disputes.answer(means, seller, dispute, DisputeAnswer.ACCEPT, None, None)
    elif step is Step.ANSWER_OFFER:
        # all that is left was asked for, is asked for no more, and is offered
        paid = Money((await order_row(means, order_id))["received"] if full else 40, "USD")
        await disputes.answer(means, seller, dispute, DisputeAnswer.REJECT, None, None)
        await disputes.answer(means, buyer, dispute, DisputeAnswer.COUNTER, Money(90, "USD"), None)
        await disputes.answer(means, seller, dispute, DisputeAnswer.COUNTER, paid, None)
        await disputes.answer(means, buyer, dispute, DisputeAnswer.ACCEPT, None, None)
    else:
        await disputes.escalate(means, buyer, dispute, None)
        await disputes.decide(means, by(market.operator), dispute, amount, "The pictures show it.")
    return order_id


REACHED |= {
    (step, state, State.CLOSED if full else state): partial(_argued, step, state, full)
    for step in (Step.ANSWER_DISPUTE, Step.ANSWER_OFFER, Step.DECIDE_DISPUTE)
    for state in (State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED)
    for full in (False, True)
}


@pytest.mark.parametrize("outcome", OUTCOMES, ids="-".join)
async def test_what_decides_between_several_outcomes(market: Market, outcome: tuple[Step, State, State]) -> None:
    """Section 16, PAY-7, ORD-5, ORD-10: each outcome the book lists is reached by the facts it names."""
    assert await where(market, await REACHED[outcome](market)) is outcome[2]
