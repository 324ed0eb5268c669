"""Fifty at once over claims, coupons, refunds and recoveries: one winner, the others told so, the books proven."""

import asyncio
from dataclasses import replace
from uuid import UUID

from sqlalchemy import func, select

from app.actions import claims, disputes, fulfilment, orders, sellers, settling
from app.actions.coupons import settle_due_coupons
from app.db import tables as t
from app.domain.errors import ErrorCode
from app.domain.money import Money
from app.domain.policy import ExportMethod
from app.domain.remedies import ClaimRejection, DisputeAnswer, DisputeReason, Guarantee
from tests.actions import promising
from tests.actions.promising import compensated, confirm_with, elsewhere, overdue, use
from tests.actions.racing import at_once, codes, won
from tests.actions.taking import deposited, sent
from tests.domain.build import one_line
from tests.market import Market, by, completed, event_rows, order_row, row_of, submitted

COUPON = 30_00


async def sweep(market: Market) -> object:
    """One sweep of everything due."""
    return await settling.settle_due(market.means)


async def count(market: Market, query: object) -> int:
    """How many rows a query finds."""
    async with market.means.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())  # type: ignore[call-overload]


def promised(doors: list[Market], market: Market) -> list[Market]:
    """The doors of a market with another seller."""
    return [replace(door, seller=market.seller) for door in doors]


async def test_one_coupon_on_two_orders(doors: list[Market]) -> None:
    """COU-3: of two orders that race for one coupon exactly one is agreed with it; the other is told."""
    late = await elsewhere(doors[0])
    _, coupon_id = await compensated(late)
    first, second = [await submitted(doors[0], one_line("100.00")) for _ in range(2)]

    def agree(order_id: UUID) -> object:
        return lambda market: orders.confirm(market.means, by(market.buyer), order_id, coupon_id)

    outcomes = await at_once(doors, agree(first), agree(second))  # type: ignore[arg-type]
    assert won(outcomes[0]) + won(outcomes[1]) == 1
    assert codes([*outcomes[0], *outcomes[1]]) <= {ErrorCode.COUPON_NOT_AVAILABLE, ErrorCode.STEP_NOT_ALLOWED}
    coupon = await row_of(doors[0].means, t.coupons, coupon_id)
    winner = first if won(outcomes[0]) else second
    assert (coupon["status"], coupon["reserved_order_id"]) == ("RESERVED", winner)
    assert [(await order_row(doors[0].means, id))["coupon"] for id in (first, second)].count(COUPON) == 1


async def test_two_claims(doors: list[Market]) -> None:
    """CLM-4: fifty claims on one order leave one, and one event of it."""
    late = await elsewhere(doors[0])
    order_id = await overdue(late)
    (outcomes,) = await at_once(
        doors, lambda market: claims.file(market.means, by(market.buyer), order_id, Guarantee.ON_TIME_DISPATCH, None)
    )
    assert won(outcomes) == 1 and codes(outcomes) == {ErrorCode.CLAIM_NOT_POSSIBLE}
    assert len(await event_rows(doors[0].means, order_id, "CLAIM_FILED")) == 1


async def test_one_decision(doors: list[Market]) -> None:
    """CLM-6: a claim is decided once, whoever was quicker, and at most one coupon comes of it."""
    late = await elsewhere(doors[0])
    claim_id = await promising.claim(late, await overdue(late))
    yes, no = await at_once(
        doors,
        lambda market: claims.decide(market.means, by(market.operator), claim_id, True, None, "Late.", None),
        lambda market: claims.decide(
            market.means, by(market.operator), claim_id, False, ClaimRejection.FACTS, "Not late.", None
        ),
    )
    assert won(yes) + won(no) == 1 and codes([*yes, *no]) == {ErrorCode.CLAIM_DECIDED}
    issued = await count(late, select(func.count()).where(t.coupons.c.claim_id == claim_id))
    assert issued == won(yes)


async def test_claim_against_a_closing_dispute(doors: list[Market]) -> None:
    """DSP-3, CLM-4: filed before the full refund it is rejected as refunded, after it nobody can file."""
    late = await elsewhere(doors[0])
    order_id = await overdue(late)
    dispute_id = await disputes.apply_for_refund(
        late.means, by(late.buyer), order_id, DisputeReason.NOT_DISPATCHED_ON_TIME, None, None
    )
    here = promised(doors, late)
    filed, accepted = await at_once(
        here,
        lambda market: claims.file(market.means, by(market.buyer), order_id, None, None),
        lambda market: disputes.answer(
            market.means, by(market.seller.owner), dispute_id, DisputeAnswer.ACCEPT, None, None
        ),
    )
    assert won(accepted) == 1 and won(filed) <= 1
    order = await order_row(late.means, order_id)
    assert (order["status"], order["refunded"]) == ("CLOSED", order["received"])
    async with late.means.engine.connect() as connection:
        query = select(t.claims.c.status, t.claims.c.rejection).where(t.claims.c.order_id == order_id)
        rows = list(map(tuple, await connection.execute(query)))
    assert rows == [("REJECTED", "ORDER_REFUNDED")] * won(filed)


async def test_amendment_against_sweep(doors: list[Market]) -> None:
    """ORD-10: whether the sweep or the confirmed amendment came first, the order ends not overdue, by one deadline."""
    late = await elsewhere(doors[0])
    order_id = await deposited(late, one_line("300.00"))
    await fulfilment.propose_amendment(late.means, by(late.seller.owner), order_id, {"dispatch_days": 40}, None)
    late.means.time.step(days=9)
    here = promised(doors, late)
    answered, _ = await at_once(
        here, lambda market: fulfilment.answer_amendment(market.means, by(market.buyer), order_id, True), sweep
    )
    assert won(answered) == 1
    order = await order_row(late.means, order_id)
    assert order["overdue_at"] is None
    kinds = [event["kind"] for event in await event_rows(late.means, order_id)]
    assert kinds.count("OVERDUE_RAISED") == kinds.count("OVERDUE_CLEARED") == 1
    assert kinds.count("DEADLINE_MOVED") == 1


async def test_release_against_refund(doors: list[Market]) -> None:
    """PAY-8, DSP-3: receipt and a partial refund in either order: paid out once, and back once."""
    order_id = await sent(doors[0])
    dispute_id = await disputes.apply_for_refund(
        doors[0].means, by(doors[0].buyer), order_id, DisputeReason.QUALITY, Money(50_00, "USD"), None
    )
    accepted, confirmed = await at_once(
        doors,
        lambda market: disputes.answer(
            market.means, by(market.seller.owner), dispute_id, DisputeAnswer.ACCEPT, None, None
        ),
        lambda market: fulfilment.confirm_receipt(market.means, by(market.buyer), order_id),
    )
    assert won(accepted) == 1 and won(confirmed) <= 1
    order = await order_row(doors[0].means, order_id)
    assert order["refunded"] == 50_00
    assert len(await event_rows(doors[0].means, order_id, "FUNDS_REFUNDED")) == 1


async def test_recovery_against_reversal(doors: list[Market]) -> None:
    """COU-4, PAY-9: while two sweeps reckon what the late seller owes, the order that used the coupon is refunded."""
    late = await elsewhere(doors[0])
    late_id, coupon_id = await compensated(late)
    order_id = await use(doors[0], coupon_id)
    dispute_id = await disputes.apply_for_refund(
        doors[0].means, by(doors[0].buyer), order_id, DisputeReason.QUALITY, None, None
    )
    accepted, _ = await at_once(
        doors,
        lambda market: disputes.answer(
            market.means, by(market.seller.owner), dispute_id, DisputeAnswer.ACCEPT, None, None
        ),
        sweep,
    )
    assert won(accepted) == 1
    await sweep(late)
    coupon = await row_of(late.means, t.coupons, coupon_id)
    assert (coupon["status"], coupon["used"], coupon["reserved_order_id"]) == ("AVAILABLE", 0, None)
    async with late.means.engine.connect() as connection:
        owed = [
            row.status
            for row in await connection.execute(select(t.recoveries.c.status).where(t.recoveries.c.order_id == late_id))
        ]
        receivable = await connection.execute(
            select(func.coalesce(func.sum(t.balances.c.amount), 0)).where(
                t.balances.c.account == "RECEIVABLE", t.balances.c.owner_id == late.seller.id
            )
        )
        assert receivable.scalar_one() == 0
    assert set(owed) <= {"REVERSED"}


async def test_collecting_against_withdrawal(doors: list[Market]) -> None:
    """COU-4, PAY-8: a debt is collected once, from the balance or by a withdrawal, and nobody takes what is owed."""
    late = await elsewhere(doors[0])
    _, coupon_id = await compensated(late)
    await completed(late, one_line("200.00", export_method=ExportMethod.SELF_OPERATED))
    await use(doors[0], coupon_id)
    here = promised(doors, late)
    withdrawn, _ = await at_once(
        here, lambda market: sellers.withdraw(market.means, by(market.seller.owner), 10_00, "USD"), sweep
    )
    async with late.means.engine.connect() as connection:
        query = select(t.recoveries.c.amount, t.recoveries.c.collected).where(
            t.recoveries.c.seller_id == late.seller.id
        )
        assert list(map(tuple, await connection.execute(query))) == [(COUPON, COUPON)]
    assert codes(withdrawn) <= {ErrorCode.BALANCE_TOO_SMALL}


async def test_many_debtors_at_once(doors: list[Market]) -> None:
    """COU-4: three late orders of one seller, used at once, are each owed once, however many sweeps reckon them."""
    late = await elsewhere(doors[0])
    coupons = [(await compensated(late))[1] for _ in range(3)]
    for coupon_id in coupons:
        await use(doors[0], coupon_id)
    await asyncio.gather(*(sweep(door) for door in doors * 10))
    while (await settling.settle_due(late.means)).due:
        continue
    query = select(func.count()).where(t.recoveries.c.seller_id == late.seller.id)
    assert await count(late, query) == len(coupons)


async def test_a_reserved_coupon_against_sweeps(doors: list[Market]) -> None:
    """COU-1: a coupon that was reserved in time does not expire, however many sweeps come later."""
    late = await elsewhere(doors[0])
    _, coupon_id = await compensated(late)
    order_id = await confirm_with(doors[0], coupon_id)
    late.means.time.step(days=91)
    await asyncio.gather(*(settle_due_coupons(door.means) for door in doors * 5))
    coupon = await row_of(late.means, t.coupons, coupon_id)
    assert (coupon["status"], coupon["reserved_order_id"]) == ("RESERVED", order_id)
