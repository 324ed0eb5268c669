"""Money on its way: exact, in parts, too much, in another currency, too early; told late, and told twice."""

from datetime import timedelta

from sqlalchemy import select

from app.actions import orders, payments
from app.actions.work import Call
from app.db import tables as t
from app.domain.access import By
from app.domain.errors import ErrorCode
from app.domain.funds import Arrival
from app.domain.lifecycle import Step, Who
from app.domain.policy import PaymentMethod
from app.domain.trade import Trade
from tests.simulation.timeline import Life
from tests.simulation.world import Deal, World


async def pay(world: World, deal: Deal, trade: Trade) -> None:
    """The buyer pays what is due next, in their manner."""
    manner = deal.temper.paying
    missing = next(row.missing for row in trade.instalments if row.missing)
    if any(row.missing and row.received for row in trade.instalments) and manner in ("PARTS", "PIECES"):
        manner = "CARD" if manner == "PARTS" else "TRANSFER"
    if manner == "CANCEL" and world.may(trade, Step.CANCEL, Who.BUYER):
        await world.take("CANCEL", deal.buyer, lambda means, call: orders.cancel(means, call, deal.id, "No more."))
    elif manner == "PARTS":
        _tell(world, deal, _arrival(world, deal, trade, PaymentMethod.PAYPAL, max(1, missing // 3)))
    elif manner == "TRANSFER" and not _waiting(trade):
        _tell(world, deal, _arrival(world, deal, trade, PaymentMethod.TT, missing))
    elif manner == "PIECES" and not _waiting(trade):
        _tell(world, deal, _arrival(world, deal, trade, PaymentMethod.TT, max(1, missing // 2)))
    elif manner == "FOREIGN" and deal.once("foreign"):
        _tell(world, deal, _arrival(world, deal, trade, PaymentMethod.PAYPAL, missing, "CHF"))
    elif manner == "TWICE" and deal.once("twice"):
        _tell(world, deal, _arrival(world, deal, trade, PaymentMethod.TT, missing))
        await _card(world, deal, 0)
    elif manner in ("TRANSFER", "PIECES"):
        return
    else:
        await _card(world, deal, 500 if manner == "OVER" else 0)


def _waiting(trade: Trade) -> bool:
    return any(receipt.unassociated for receipt in trade.receipts)


async def pay_early(world: World, deal: Deal, trade: Trade) -> None:
    """Money comes for an offer that nobody has agreed to yet."""
    method = PaymentMethod(world.decks.draw("early", PAYPAL=2, TT=1))
    _tell(world, deal, _arrival(world, deal, trade, method, trade.order.total))


def _arrival(
    world: World, deal: Deal, trade: Trade, method: PaymentMethod, amount: int, currency: str | None = None
) -> Arrival:
    reference = f"{method}-{deal.number}-{len(deal.done)}-{world.rng.getrandbits(48):x}"
    return Arrival(method, "bank", reference, amount, currency or trade.order.currency, "A buyer", world.time.now)


async def _card(world: World, deal: Deal, more: int) -> None:
    payment_id = await world.take(
        "START_PAYMENT",
        deal.buyer,
        lambda means, call: payments.start(means, call, deal.id, None, PaymentMethod.VISA, "demonstration"),
        ErrorCode.PAYMENT_METHOD_NOT_OFFERED,
    )
    if payment_id is None:
        return
    (row,) = await world.rows("SELECT * FROM payments WHERE id = :id", id=payment_id)
    amount = row.amount + row.payment_fee + more
    arrival = Arrival(PaymentMethod.VISA, row.provider, row.reference, amount, row.currency, "A buyer", world.time.now)
    _tell(world, deal, arrival)


def _tell(world: World, deal: Deal, arrival: Arrival) -> None:
    """The provider will tell of it: at once, late, or twice."""
    deal.done.add(f"paying {arrival.reference}")
    how = world.decks.draw("webhook", SOON=10, LATE=2, TWICE=2)
    after = world.hours(20, 200) if how == "LATE" else world.hours(0.01, 2)
    world.time.begin(_telling(world, deal, arrival, twice=how == "TWICE"), after)
    world.counts[f"webhook: {how.lower()}"] += 1


async def _telling(world: World, deal: Deal, arrival: Arrival, twice: bool) -> Life:
    what = "RECORD_TRANSFER" if arrival.method is PaymentMethod.TT else "RECORD_RECEIPT"
    first = await world.take(what, By.PROVIDER, lambda means, call: payments.arrive(means, call, deal.id, arrival))
    if twice:
        yield timedelta(minutes=5)
        async with world.processes[1].engine.connect() as connection:
            versions = [await connection.scalar(select(t.orders.c.version).where(t.orders.c.id == deal.id))]
            again = await payments.arrive(world.processes[1].means, Call(By.PROVIDER), deal.id, arrival)
            versions.append(await connection.scalar(select(t.orders.c.version).where(t.orders.c.id == deal.id)))
        assert again == first and versions[0] == versions[1], "a payment that was told twice counted twice"
