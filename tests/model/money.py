"""Money in the model (PAY, section 15): it arrives, counts, is held, goes back, is released and withdrawn."""

from datetime import datetime

from tests.model import wall
from tests.model.world import FEE, OPEN, SUBSIDY, WORLD, Clock, Order, Receipt, World, refuse


def start(order: Order) -> None:
    """PAY-3: the buyer starts a payment of what the next instalment misses; it moves no money."""
    refuse(STEP_NOT_ALLOWED=order.status not in OPEN, INSTALMENT_COMPLETE=not order.missing)


def arrive(world: World, order: Order, row: Receipt) -> None:
    """PAY-6: recorded whatever the status; it counts, waits or is held."""
    order.receipts.append(row)
    usable = row.currency == order.currency and order.status in OPEN
    if usable and row.transfer:
        row.waiting = row.amount
        world.move(WORLD, ("UNASSOCIATED", order.id), row.amount, row.currency)
        pause(order, "UNPAID_DISCOUNT", world.now)
        return
    row.counted = min(row.amount, order.missing) if usable else 0
    row.held = row.amount - row.counted
    world.move(WORLD, ("ESCROW", order.id), row.counted, row.currency)
    world.move(WORLD, ("HELD", order.id), row.held, row.currency)
    count(world, order, row.counted, world.now)


def count(world: World, order: Order, amount: int, at: datetime) -> None:
    """PAY-4, PAY-5, PAY-7: what counts fills the instalments in order, and starts what waits for it."""
    if not order.done:
        return
    order.received += amount
    filled = 0
    for place, part in enumerate(order.payable):
        filled += part
        if order.received >= filled and not order.done[place]:
            order.done[place] = True
            _post_share(world, order, order.shares[place])
    if order.done[0]:
        order.clocks.pop("UNPAID_DISCOUNT", None)
    if order.status == "PENDING_PAYMENT" and order.money_for_dispatch:
        order.status, order.starts = "PENDING_DISPATCH", at
        order.due = wall.within_days(at, order.days)
        order.clocks["DISPATCH"] = Clock(order.due)
    if order.status == "COMPLETED":
        release(world, order)


def _post_share(world: World, order: Order, share: int) -> None:
    coupon = order.coupon
    if coupon is None or not share:
        return
    world.move(SUBSIDY, ("ESCROW", order.id), share, "USD")
    order.posted += share
    coupon.used, coupon.status, coupon.late.reckon = coupon.used + share, "USED", True


def associate(world: World, order: Order, row: Receipt) -> None:
    """PAY-7: a transfer counts from now; what is too much of it is held."""
    refuse(STEP_NOT_ALLOWED=order.status not in OPEN, NOT_UNASSOCIATED=not order.waits(row))
    source = "waiting" if row.waiting else "held"
    there = getattr(row, source)
    counted = min(there, order.missing)
    account = ("UNASSOCIATED" if row.waiting else "HELD", order.id)
    world.move(account, ("ESCROW", order.id), counted, row.currency)
    world.move(account, ("HELD", order.id), there - counted, row.currency)
    setattr(row, source, 0)
    row.counted, row.held = row.counted + counted, row.held + there - counted
    count(world, order, counted, world.now)
    run_on(world, order)


def run_on(world: World, order: Order) -> None:
    """ORD-11: the clock of a discount runs on when no transfer waits any more."""
    if not any(order.waits(row) for row in order.receipts):
        resume(order, "UNPAID_DISCOUNT", world.now)


def undo(world: World, order: Order, row: Receipt) -> None:
    """PAY-7: an operator takes an association back while nothing was dispatched or released, nor went back."""
    refuse(
        STEP_NOT_ALLOWED=order.status not in ("PENDING_PAYMENT", "PENDING_DISPATCH") or order.refunded > 0,
        NOT_UNASSOCIATED=not (row.transfer and row.counted),
    )
    taken = row.counted
    world.move(("ESCROW", order.id), ("UNASSOCIATED", order.id), taken, row.currency)
    row.counted, row.waiting = 0, row.waiting + taken
    order.received -= taken
    filled = [sum(order.payable[: place + 1]) for place in range(len(order.parts))]
    for place in range(len(order.parts)):
        if order.done[place] and order.received < filled[place]:
            order.done[place] = False
            _take_share(world, order, order.shares[place])
    if order.status == "PENDING_DISPATCH" and not order.money_for_dispatch:
        order.status, order.starts, order.due, order.overdue = "PENDING_PAYMENT", None, None, None
        order.clocks.pop("DISPATCH", None)
    pause(order, "UNPAID_DISCOUNT", world.now)


def _take_share(world: World, order: Order, share: int) -> None:
    coupon = order.coupon
    if coupon is None or not share:
        return
    world.move(("ESCROW", order.id), SUBSIDY, share, "USD")
    order.posted -= share
    coupon.used -= share
    coupon.status, coupon.late.reckon = "USED" if coupon.used else "RESERVED", True


def send_back(world: World, order: Order, row: Receipt) -> None:
    """PAY-6: what does not count goes back to its payer."""
    refuse(NOTHING_HELD=not order.sendable(row))
    waiting = row.waiting if order.status == "CLOSED" else 0
    world.move(("HELD", order.id), WORLD, row.held, row.currency)
    world.move(("UNASSOCIATED", order.id), WORLD, waiting, row.currency)
    row.returned, row.held, row.waiting = row.returned + row.held + waiting, 0, row.waiting - waiting
    run_on(world, order)


def count_held(world: World, order: Order) -> None:
    """PAY-6, PAY-7: at confirmation early online money counts; an early transfer waits to be associated."""
    for row in order.receipts:
        counted = min(row.held, order.missing)
        if row.currency != order.currency or not counted:
            continue
        if row.transfer:
            pause(order, "UNPAID_DISCOUNT", world.now)
            continue
        row.held, row.counted = row.held - counted, row.counted + counted
        world.move(("HELD", order.id), ("ESCROW", order.id), counted, row.currency)
        count(world, order, counted, world.now)


def release(world: World, order: Order) -> None:
    """PAY-8, FEE-1: what is in escrow is the seller's, less the fee and what is owed."""
    there = world.holds("ESCROW", order.id, order.currency)
    if not there:
        return
    seller = ("SELLER", order.seller)
    world.move(("ESCROW", order.id), seller, there, order.currency)
    if order.fee is None:
        order.fee = half_up((order.total - order.refunded) * order.fee_percent, 100)
    fee = min(there, order.fee - order.charged)
    world.move(seller, FEE, fee, order.currency)
    order.released, order.charged = order.released + there, order.charged + fee
    collect(world, order.seller, order.currency, there - fee)


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number of something positive, halves up."""
    return (2 * numerator + denominator) // (2 * denominator)


def collect(world: World, seller: object, currency: str, most: int) -> None:
    """COU-4: what is owed is collected, at most what is there."""
    owed, there = -world.holds("RECEIVABLE", seller, currency), world.holds("SELLER", seller, currency)
    world.move(("SELLER", seller), ("RECEIVABLE", seller), min(most, owed, there), currency)


def reckon(world: World, order: Order) -> None:
    """COU-4, PAY-9: the late seller owes what was used of the coupon at his expense, no more and no less."""
    order.reckon = False
    coupon = order.claim.coupon if order.claim else None
    target = coupon.used if coupon and coupon.liability == "SELLER" else 0
    more, seller = target - order.owed_for_coupon, order.seller
    order.owed_for_coupon = target
    if more > 0:
        world.move(("RECEIVABLE", seller), SUBSIDY, more, "USD")
    else:
        still = min(-more, -world.holds("RECEIVABLE", seller, "USD"))
        world.move(SUBSIDY, ("RECEIVABLE", seller), still, "USD")
        world.move(SUBSIDY, ("SELLER", seller), -more - still, "USD")
    collect(world, seller, "USD", world.holds("SELLER", seller, "USD"))


def withdraw(world: World, seller: object, amount: int, currency: str) -> None:
    """PAY-8: never beyond the balance; what is owed in that currency is collected first."""
    owed, there = -world.holds("RECEIVABLE", seller, currency), world.holds("SELLER", seller, currency)
    refuse(BALANCE_TOO_SMALL=amount > there - owed)
    collect(world, seller, currency, there)
    world.move(("SELLER", seller), WORLD, amount, currency)


def refund(world: World, order: Order, amount: int) -> bool:
    """DSP-3, section 15: money goes back from escrow or the seller; the last of it brings the coupon's value too."""
    full = amount == order.left
    coupon = order.posted - order.returned if full else 0
    if order.status != "COMPLETED":
        world.move(("ESCROW", order.id), WORLD, amount, order.currency)
        world.move(("ESCROW", order.id), SUBSIDY, coupon, order.currency)
    else:
        fee = order.charged if full else 0
        world.move(FEE, ("SELLER", order.seller), fee, order.currency)
        order.charged -= fee
        _seller_pays(world, order, WORLD, amount)
        _seller_pays(world, order, SUBSIDY, coupon)
        order.refunded_late += amount
    order.refunded += amount
    order.returned += coupon
    return full


def _seller_pays(world: World, order: Order, target: tuple[str, None], amount: int) -> None:
    paid = min(amount, world.holds("SELLER", order.seller, order.currency))
    world.move(("SELLER", order.seller), target, paid, order.currency)
    world.move(("RECEIVABLE", order.seller), target, amount - paid, order.currency)


def pause(order: Order, name: str, now: datetime) -> None:
    """A clock waits with what was left of it."""
    clock = order.clocks.get(name)
    if clock is not None and clock.left is None:
        clock.left = clock.due - now


def resume(order: Order, name: str, now: datetime) -> None:
    """A waiting clock runs on."""
    clock = order.clocks.get(name)
    if clock is not None and clock.left is not None:
        clock.due, clock.left = now + clock.left, None
