"""The buyers of simulated orders: they agree or not, pay in many ways, claim, argue, receive, review."""

from datetime import timedelta

from app.actions import claims, files, fulfilment, orders
from app.domain.errors import ErrorCode
from app.domain.goods import AttachmentPurpose
from app.domain.lifecycle import Step, Who
from app.domain.records import OrderType, Status
from app.domain.trade import Trade
from tests.market import uploaded
from tests.simulation import arguing, banks, operators
from tests.simulation.timeline import Life
from tests.simulation.world import Deal, World

PATIENCE = timedelta(days=75)
AFTERWARDS = timedelta(days=33)
SLOWLY = {
    Status.PENDING_CONFIRMATION: (8, 50),
    Status.PENDING_PAYMENT: (10, 70),
    Status.PENDING_DISPATCH: (30, 90),
    Status.PARTIALLY_DISPATCHED: (30, 90),
    Status.DISPATCHED: (60, 160),
    Status.COMPLETED: (120, 300),
}


async def life(world: World, deal: Deal) -> Life:
    """The buyer comes back again and again, until the order is over or their patience is."""
    begun, pause = world.time.now, world.hours(3, 30)
    while True:
        yield pause
        trade = await world.look(deal)
        if trade is None or over(world, trade) or world.time.now > begun + 2 * PATIENCE:
            return
        await _turn(world, deal, trade)
        pause = world.hours(*SLOWLY.get(trade.order.status, (6, 40)))


def over(world: World, trade: Trade) -> bool:
    """Whether nothing is left to do for anybody."""
    order, now = trade.order, world.time.now
    if order.status is Status.CLOSED:
        return True
    if order.status is Status.COMPLETED:
        return order.completed_at is not None and now > order.completed_at + AFTERWARDS and trade.dispute is None
    waits = order.status in (Status.PENDING_CONFIRMATION, Status.PENDING_PAYMENT)
    return waits and now > order.created_at + PATIENCE


async def _turn(world: World, deal: Deal, trade: Trade) -> None:
    """The buyer sees how things stand and does one thing about it, or nothing."""
    order = trade.order
    if order.status is Status.PENDING_CONFIRMATION:
        await (_offer(world, deal) if world.may(trade, Step.CONFIRM, Who.BUYER) else _request(world, deal, trade))
    elif world.may(trade, Step.ANSWER_AMENDMENT, Who.BUYER):
        await _amendment(world, deal)
    elif world.may(trade, Step.ANSWER_OFFER, Who.BUYER):
        await arguing.buyer(world, deal, trade)
    elif world.may(trade, Step.FILE_CLAIM, Who.BUYER) and _wants_claim(deal):
        await _claim(world, deal)
    elif arguing.complains(world, deal, trade):
        await arguing.complain(world, deal, trade)
    elif world.may(trade, Step.START_PAYMENT, Who.BUYER) and deal.temper.paying != "NEVER":
        await banks.pay(world, deal, trade)
    elif world.may(trade, Step.CONFIRM_RECEIPT, Who.BUYER):
        await _receive(world, deal, trade)
    elif world.may(trade, Step.REVIEW, Who.BUYER) and deal.once("reviewing"):
        await _review(world, deal)
    elif order.status is not Status.DRAFT and deal.once("noting"):
        await _note(world, deal, trade)


async def _offer(world: World, deal: Deal) -> None:
    """The buyer's answer to an offer; some pay before they agree."""
    if deal.temper.paying == "EARLY" and deal.once("early"):
        trade = await world.look(deal)
        if trade is not None:
            await banks.pay_early(world, deal, trade)
        return
    answer = "CONFIRM"
    if deal.coupon_id is None:
        answer = world.decks.draw("offer", CONFIRM=16, DECLINE=1, CANCEL=1, WAIT=2, SHORT=1)
    if answer == "CONFIRM":
        await confirm(world, deal)
    elif answer == "SHORT":
        await operators.short_of_quota(world, deal)
    elif answer == "DECLINE":
        await world.take("DECLINE", deal.buyer, lambda means, call: orders.decline(means, call, deal.id, "Too dear."))
    elif answer == "CANCEL":
        await world.take("CANCEL", deal.buyer, lambda means, call: orders.cancel(means, call, deal.id, "No more."))


async def confirm(world: World, deal: Deal, *expected: ErrorCode) -> None:
    """The buyer agrees, with the coupon if there is one; it may have expired, or be for another currency."""
    coupon_id = deal.coupon_id
    expected = (*expected, ErrorCode.COUPON_EXPIRED, ErrorCode.COUPON_CURRENCY)
    done = await world.take(
        "CONFIRM", deal.buyer, lambda means, call: orders.confirm(means, call, deal.id, coupon_id), *expected
    )
    if done is None:
        deal.coupon_id = None


async def _request(world: World, deal: Deal, trade: Trade) -> None:
    """A request waits for the seller; some take it back and make it again, some call it off."""
    if trade.order.type is not OrderType.START_ORDER or not deal.once("waiting"):
        return
    way = world.decks.draw("request", WAIT=4, REVISE=1, CANCEL=1)
    if way == "REVISE":
        await world.take("REVISE", deal.buyer, lambda means, call: orders.revise(means, call, deal.id))
        await world.take(
            "EDIT", deal.buyer, lambda means, call: orders.edit(means, call, deal.id, {"notes": "In blue, please."})
        )
        await world.take("SUBMIT", deal.buyer, lambda means, call: orders.submit(means, call, deal.id))
    elif way == "CANCEL":
        await world.take("CANCEL", deal.buyer, lambda means, call: orders.cancel(means, call, deal.id, "No more."))


async def _amendment(world: World, deal: Deal) -> None:
    answer = world.decks.draw("amendment", ACCEPT=4, DECLINE=1, IGNORE=2)
    if answer == "IGNORE":
        return
    accept = answer == "ACCEPT"
    await world.take(
        "ANSWER_AMENDMENT",
        deal.buyer,
        lambda means, call: fulfilment.answer_amendment(means, call, deal.id, accept),
        ErrorCode.DEADLINE_IN_THE_PAST,
        ErrorCode.AMENDMENT_CHANGES_AMOUNT,
        ErrorCode.FORBIDDEN,
        ErrorCode.MONEY_MISSING,
    )


def _wants_claim(deal: Deal) -> bool:
    if deal.temper.claiming == "LATE":
        return not deal.once("claiming later") and not deal.once("claiming much later")
    return deal.temper.claiming == "FILE"


async def _claim(world: World, deal: Deal) -> None:
    claim_id = await world.take(
        "FILE_CLAIM", deal.buyer, lambda means, call: claims.file(means, call, deal.id, None, "It is late.")
    )
    if claim_id is not None:
        world.time.begin(operators.review(world, deal, claim_id))


async def _receive(world: World, deal: Deal, trade: Trade) -> None:
    manner = deal.temper.receiving
    if manner == "CONFIRM" or (manner == "DELIVERED" and trade.order.delivered_at is not None):
        await world.take(
            "CONFIRM_RECEIPT", deal.buyer, lambda means, call: fulfilment.confirm_receipt(means, call, deal.id)
        )


async def _review(world: World, deal: Deal) -> None:
    if world.decks.draw("review", YES=2, NO=1) == "YES":
        await world.take(
            "REVIEW", deal.buyer, lambda means, call: fulfilment.review(means, call, deal.id, 5, 4, 5, "Fine.")
        )


async def _note(world: World, deal: Deal, trade: Trade) -> None:
    """Something for one's own books, or for the operators' eyes."""
    way = world.decks.draw("noting", NOTHING=3, REFERENCE=1, EVIDENCE=1)
    if way == "REFERENCE":
        await world.take(
            "SET_REFERENCE", deal.buyer, lambda means, call: orders.set_reference(means, call, deal.id, "PO 7")
        )
    elif way == "EVIDENCE" and world.may(trade, Step.ATTACH_EVIDENCE, Who.BUYER):
        file_id = await uploaded(world.means, deal.buyer, AttachmentPurpose.EVIDENCE)
        await world.take(
            "ATTACH_EVIDENCE", deal.buyer, lambda means, call: files.attach_evidence(means, call, deal.id, [file_id])
        )
