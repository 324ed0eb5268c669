"""Goods made and on their way: followed up, dispatched, tracked, received, reviewed, and amendments of how and when."""

from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.actions import work
from app.actions.work import Call, Means
from app.db import tables as t
from app.db.driver import look
from app.db.trades import Asked
from app.domain import amendments, attachments, buying, contract, fulfilment, lanes, milestones, reviews
from app.domain.access import Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.fulfilment import SHIPMENTS_MOST, Parcel, Report
from app.domain.trade import Act, Trade


async def dispatch(means: Means, call: Call, order_id: UUID, parcel: Parcel) -> UUID:
    """Dispatch some or all of the goods; the id of the shipment."""
    work.scoped(call, Scope.SHIPMENTS_WRITE)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: fulfilment.dispatch(trade, act, parcel),
        lambda trade: trade.shipments[-1].id,
    )


async def add_milestone(
    means: Means, call: Call, order_id: UUID, on_date: date, text: str, file_ids: Sequence[UUID]
) -> UUID:
    """Report what was reached of the production (SHP-7); the id of the milestone."""
    work.scoped(call, Scope.SHIPMENTS_WRITE)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: milestones.add(trade, act, on_date, text, file_ids),
        lambda trade: trade.milestones[-1].id,
        asked=Asked(files=file_ids[: attachments.AT_ONCE_MOST]),
    )


async def take_milestone_back(means: Means, call: Call, order_id: UUID, milestone_id: UUID) -> UUID:
    """Take a wrong milestone back (SHP-7); the id of the order."""
    work.scoped(call, Scope.SHIPMENTS_WRITE)
    return await work.on_order(means, call, order_id, lambda trade, act: milestones.take_back(trade, act, milestone_id))


async def order_of_shipment(means: Means, shipment_id: UUID) -> UUID:
    """The order of a shipment; NOT_FOUND when there is none."""
    found = await look(means.engine, "SELECT order_id FROM shipments WHERE id = $1", shipment_id)
    if found is None:
        raise _unseen()
    order_id: UUID = found["order_id"]
    return order_id


def _unseen() -> Refusal:
    """The same answer for a shipment that does not exist and for one of an order the actor may not see."""
    return Refusal(ErrorCode.NOT_FOUND, "There is no such shipment, or you may not see it.", ("shipmentId",))


async def _on_shipment(means: Means, call: Call, shipment_id: UUID, step: Callable[[Trade, Act], Trade]) -> UUID:
    work.scoped(call, Scope.SHIPMENTS_WRITE)
    order_id = await order_of_shipment(means, shipment_id)
    return await work.on_order(means, call, order_id, step, lambda _: shipment_id, unseen=_unseen())


async def correct(
    means: Means,
    call: Call,
    shipment_id: UUID,
    carrier: str | None,
    tracking_number: str | None,
    external_reference: str | None,
) -> UUID:
    """Put a wrong carrier or number right; the id of the shipment."""
    return await _on_shipment(
        means,
        call,
        shipment_id,
        lambda trade, act: fulfilment.correct(trade, act, shipment_id, carrier, tracking_number, external_reference),
    )


async def track(means: Means, call: Call, shipment_id: UUID, report: Report) -> UUID:
    """Record what a carrier reports (SHP-2); the id of the shipment."""
    return await _on_shipment(means, call, shipment_id, _tracking(shipment_id, report))


def _tracking(shipment_id: UUID, said: Report) -> Callable[[Trade, Act], Trade]:
    return lambda trade, act: fulfilment.track(trade, act, shipment_id, said)


async def report(means: Means, call: Call, carrier: str, number: str, said: Report) -> list[UUID]:
    """Record what a source says of a parcel: of each shipment that its carrier and number name, newest first (SHP-2).

    One parcel may carry goods of several orders, and carriers use a number again after years: a shipment that left
    after what is reported is not meant.
    """
    named = (
        func.lower(func.trim(t.shipments.c.carrier)) == carrier.strip().lower(),
        t.shipments.c.tracking_number == number,
    )
    query = select(t.shipments.c.id, t.shipments.c.order_id).where(*named)
    async with means.engine.connect() as connection:
        newest = query.order_by(t.shipments.c.id.desc()).limit(SHIPMENTS_MOST)
        found = (await connection.execute(newest)).all()
    refused = Refusal(ErrorCode.NOT_FOUND, "No shipment has this carrier and number.", ("trackingNumber",))
    told = []
    for shipment_id, order_id in found:
        try:
            await work.on_order(means, call, order_id, _tracking(shipment_id, said))
            told.append(shipment_id)
        except Refusal as refusal:
            refused = refusal
    if not told:
        raise refused
    return told


async def confirm_receipt(means: Means, call: Call, order_id: UUID) -> UUID:
    """The buyer has the goods (SHP-6)."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(means, call, order_id, fulfilment.confirm_receipt)


async def review(
    means: Means, call: Call, order_id: UUID, product: int, dispatch_speed: int, service: int, text: str | None
) -> UUID:
    """The buyer's one review (SHP-6)."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: reviews.review(trade, act, product, dispatch_speed, service, text),
    )


async def reply(means: Means, call: Call, order_id: UUID, text: str) -> UUID:
    """The seller's one reply (SHP-6)."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(means, call, order_id, lambda trade, act: reviews.reply(trade, act, text))


async def propose_amendment(
    means: Means, call: Call, order_id: UUID, patch: contract.Patch, reason: str | None
) -> UUID:
    """The seller proposes other terms (ORD-10); the id of the amendment."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(
        means,
        call,
        order_id,
        lambda trade, act: amendments.propose(trade, act, patch, reason),
        lambda trade: trade.amendments[-1].id,
        asked=Asked(quota=True, products=buying.named(patch), lanes=lanes.asked(patch)),
    )


async def answer_amendment(means: Means, call: Call, order_id: UUID, accept: bool) -> UUID:
    """The buyer confirms or declines what is proposed (ORD-10)."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(
        means, call, order_id, lambda trade, act: amendments.answer(trade, act, accept), asked=Asked(quota=True)
    )


async def withdraw_amendment(means: Means, call: Call, order_id: UUID) -> UUID:
    """The seller takes the proposal back."""
    work.scoped(call, Scope.ORDERS_WRITE)
    return await work.on_order(means, call, order_id, amendments.withdraw)
