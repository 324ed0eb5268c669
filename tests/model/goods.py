"""Agreement, goods and time in the model (ORD, SHP, section 14)."""

from datetime import datetime

from tests.model import money, remedies, wall
from tests.model.world import WORLD, Clock, Coupon, Key, Order, World, refuse


def confirm(world: World, order: Order, coupon: Coupon | None) -> None:
    """ORD-8, COU-1, PAY-5: the buyer agrees, perhaps with a coupon; what needs no money is complete at once."""
    refuse(STEP_NOT_ALLOWED=order.status != "PENDING_CONFIRMATION")
    share = 0
    if coupon is not None:
        over = coupon.status == "EXPIRED" or (coupon.status == "AVAILABLE" and wall.over(world.now, coupon.expires))
        refuse(
            NOT_FOUND=coupon.buyer != order.buyer,
            COUPON_EXPIRED=over,
            COUPON_NOT_AVAILABLE=not over and coupon.status != "AVAILABLE",
            COUPON_CURRENCY=order.currency != "USD",
        )
        coupon.status, coupon.on, order.coupon = "RESERVED", order, coupon
        share = min(coupon.amount, order.total)
    order.status = "PENDING_PAYMENT"
    for part in order.parts:
        order.shares.append(min(share, part))
        share -= order.shares[-1]
        order.done.append(False)
    if order.discounted or order.coupon:
        order.clocks["UNPAID_DISCOUNT"] = Clock(wall.days_later(world.now, 7))
    money.count(world, order, 0, world.now)
    money.count_held(world, order)


def cancel(world: World, order: Order) -> None:
    """ORD-11: until money has landed."""
    refuse(
        STEP_NOT_ALLOWED=order.status not in ("PENDING_CONFIRMATION", "PENDING_PAYMENT"),
        MONEY_LANDED=order.status == "PENDING_PAYMENT" and order.landed,
    )
    remedies.close(world, order)


def dispatch(world: World, order: Order, whole: bool) -> None:
    """SHP-2, SHP-5: one line leaves or all that is left; with the last of it automatic receipt begins to run."""
    refuse(
        STEP_NOT_ALLOWED=order.status not in ("PENDING_DISPATCH", "PARTIALLY_DISPATCHED"),
        MONEY_MISSING=not order.money_for_dispatch,
    )
    order.lines = 0 if whole else order.lines - 1
    if order.lines:
        order.status = "PARTIALLY_DISPATCHED"
        return
    order.status, order.sent_at, order.amendment = "DISPATCHED", world.now, None
    order.clocks.pop("DISPATCH", None)
    order.clocks["AUTO_RECEIPT"] = Clock(wall.days_later(world.now, order.receipt_days))
    if order.dispute is not None:
        money.pause(order, "AUTO_RECEIPT", world.now)


def deliver(order: Order, parcel: Key) -> None:
    """DLV-5, SHP-2: delivered when everything was dispatched and every parcel has arrived; no effect once closed."""
    if order.status != "CLOSED":
        order.arrived.add(parcel)
        order.delivered = order.sent_at is not None and order.arrived >= set(order.parcels)


def receive(world: World, order: Order) -> None:
    """SHP-6: the buyer has the goods."""
    refuse(STEP_NOT_ALLOWED=order.status != "DISPATCHED", DISPUTE_OPEN=order.dispute is not None)
    complete(world, order, world.now)


def complete(world: World, order: Order, at: datetime) -> None:
    """The goods are received: protection runs 30 days more, and escrow is released."""
    order.status, order.completed = "COMPLETED", at
    order.clocks.pop("AUTO_RECEIPT", None)
    order.clocks["PROTECTION_END"] = Clock(wall.days_later(at, 30))
    money.release(world, order)


def propose(world: World, order: Order, days: int) -> None:
    """ORD-10: one amendment at a time, and its deadline must lie ahead."""
    refuse(
        STEP_NOT_ALLOWED=order.status not in ("PENDING_PAYMENT", "PENDING_DISPATCH", "PARTIALLY_DISPATCHED"),
        AMENDMENT_OPEN=order.amendment is not None,
        DEADLINE_IN_THE_PAST=_behind(world, order, days),
    )
    order.amendment = days


def _behind(world: World, order: Order, days: int) -> bool:
    started = order.starts is not None and days != order.days
    return started and order.starts is not None and wall.over(world.now, wall.within_days(order.starts, days))


def answer(world: World, order: Order, accept: bool) -> None:
    """ORD-10: confirmed, it takes effect from the same start; an overdue of the old term is cleared."""
    refuse(
        STEP_NOT_ALLOWED=order.status not in ("PENDING_PAYMENT", "PENDING_DISPATCH", "PARTIALLY_DISPATCHED"),
        AMENDMENT_NOT_OPEN=order.amendment is None,
        DEADLINE_IN_THE_PAST=accept and order.amendment is not None and _behind(world, order, order.amendment),
    )
    days, order.amendment = order.amendment, None
    if not accept or days is None or days == order.days:
        return
    order.days = days
    if order.starts is not None:
        order.due, order.overdue = wall.within_days(order.starts, days), None
        order.clocks["DISPATCH"] = Clock(order.due)


# --- time ---------------------------------------------------------------------------------------------------------


def settle(world: World, order: Order) -> None:
    """First settle, then act: all that has run out, earliest first, each at its own instant."""
    while True:
        lapsed = [
            (clock.due, name)
            for name, clock in order.clocks.items()
            if clock.left is None and wall.over(world.now, clock.due)
        ]
        if not lapsed:
            break
        due, name = min(lapsed)
        del order.clocks[name]
        _lapse(world, order, name, due)
    if order.reckon:
        money.reckon(world, order)


def _lapse(world: World, order: Order, name: str, due: datetime) -> None:
    at = due + wall.SECOND
    match name:
        case "DISPATCH":
            order.overdue = due
        case "AUTO_RECEIPT":
            complete(world, order, at)
        case "DISPUTE_SILENCE":
            remedies.escalate(order)
        case "UNPAID_DISCOUNT":
            if (row := order.dispute) is not None:
                row.status, row.outcome = "RESOLVED", "FULL"
            world.move(("ESCROW", order.id), WORLD, order.left, order.currency)
            order.refunded = order.received
            remedies.close(world, order)


def sweep(world: World) -> None:
    """Everything that has run out, on every order and coupon, and what that causes on others."""
    for _ in range(2):
        for order in world.orders:
            settle(world, order)
    for coupon in world.coupons:
        if coupon.status == "AVAILABLE" and wall.over(world.now, coupon.expires):
            coupon.status = "EXPIRED"
