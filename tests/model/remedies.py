"""Remedies in the model: claims, waivers, coupons (CLM, COU) and disputes (DSP)."""

from tests.model import money, wall
from tests.model.world import OPEN, PAID, Claim, Clock, Coupon, Dispute, Order, World, refuse


def file_claim(world: World, order: Order) -> None:
    """CLM-2, CLM-4: a guaranteed order, late, until 30 days after receipt, once, and not waived away."""
    late = order.due is not None and wall.over(world.now, order.due)
    in_time = order.sent_at is not None and order.due is not None and not wall.over(order.sent_at, order.due)
    closed = order.completed is not None and wall.over(world.now, wall.days_later(order.completed, 30))
    possible = order.guaranteed and late and not in_time and not closed and not order.claim
    refuse(
        STEP_NOT_ALLOWED=order.status not in PAID,
        CLAIM_NOT_POSSIBLE=not possible or order.waiver is False,
    )
    # CLM-5: 10 %, rounded up to a whole dollar, at most 100
    order.claim = Claim(min(-(-order.usd // 1000), 100) * 100)


def decide_claim(world: World, order: Order, approve: bool) -> None:
    """CLM-6, CLM-7: an operator decides; the seller bears it unless it was waived."""
    claim = order.claim
    assert claim is not None
    refuse(
        STEP_NOT_ALLOWED=order.status not in PAID,
        CLAIM_DECIDED=claim.status != "UNDER_REVIEW",
        WAIVER_EXISTS=approve and order.waiver is False,
    )
    if not approve:
        claim.status = "REJECTED"
        return
    claim.status, claim.liability = "APPROVED", "SELLER" if order.waiver is None else "PLATFORM"
    ends = wall.date_end_after(world.now, 90)
    claim.coupon = Coupon(claim.amount, order.buyer, order, claim.liability, ends)
    world.coupons.append(claim.coupon)


def undo_claim(world: World, order: Order) -> None:
    """A decision is taken back while its coupon was not applied and still runs."""
    claim = order.claim
    assert claim is not None
    coupon = claim.coupon
    touched = coupon is not None and (coupon.status != "AVAILABLE" or wall.over(world.now, coupon.expires))
    refuse(
        STEP_NOT_ALLOWED=order.status not in PAID,
        CLAIM_NOT_DECIDED=claim.status == "UNDER_REVIEW" or touched,
    )
    if coupon is not None:
        coupon.status = "REVOKED"
    claim.status, claim.liability, claim.coupon = "UNDER_REVIEW", None, None


def waive(order: Order, compensate: bool) -> None:
    """CLM-8: nothing is recovered; after approval it only moves the liability."""
    approved = order.claim is not None and order.claim.status == "APPROVED"
    closed = order.status == "CLOSED"
    refuse(
        STEP_NOT_ALLOWED=order.status not in PAID and not closed,
        WAIVER_EXISTS=order.waiver is not None,
        CLAIM_NOT_DECIDED=closed and not approved,
    )
    order.waiver = compensate
    if approved and order.claim and order.claim.coupon and order.claim.liability == "SELLER":
        order.claim.liability = order.claim.coupon.liability = "PLATFORM"
        order.reckon = True


def withdraw_waiver(order: Order) -> None:
    """A waiver is taken back while no claim was decided under it."""
    refuse(
        STEP_NOT_ALLOWED=order.status not in PAID,
        WAIVER_NOT_STANDING=order.waiver is None,
        CLAIM_DECIDED=order.claim is not None and order.claim.status != "UNDER_REVIEW",
    )
    order.waiver = None


def give_back(world: World, order: Order) -> None:
    """PAY-9: the coupon is the buyer's again if its days still run, and what it cost the late seller is reckoned."""
    coupon = order.coupon
    if coupon is None or coupon.on is not order:
        return
    if coupon.used:
        coupon.late.reckon = True
    coupon.status = "EXPIRED" if wall.over(world.now, coupon.expires) else "AVAILABLE"
    coupon.on, coupon.used = None, 0


# --- disputes -----------------------------------------------------------------------------------------------------


def _silence(world: World, order: Order) -> None:
    order.clocks["DISPUTE_SILENCE"] = Clock(wall.days_later(world.now, 5))


def _named(order: Order, amount: int, least: int) -> dict[str, bool]:
    return {"REFUND_TOO_LARGE": amount > order.left, "OUT_OF_RANGE": amount < least}


def open_dispute(world: World, order: Order, amount: int | None) -> None:
    """DSP-1: from the first money that counts until 30 days after receipt, one at a time."""
    refuse(
        STEP_NOT_ALLOWED=order.status not in OPEN,
        NOTHING_TO_REFUND=not order.refundable,
        DISPUTE_OPEN=order.dispute is not None,
        PROTECTION_OVER=order.status == "COMPLETED" and "PROTECTION_END" not in order.clocks,
        **({} if amount is None else _named(order, amount, 1)),
    )
    order.disputes.append(Dispute(order.left if amount is None else amount))
    money.pause(order, "AUTO_RECEIPT", world.now)
    _silence(world, order)


def answer(world: World, order: Order, buyer: bool, word: str, amount: int | None) -> None:
    """DSP-2: the side whose word is awaited accepts, rejects or names another amount."""
    row = order.dispute
    awaited = "AWAITING_BUYER" if buyer else "AWAITING_SELLER"
    refuse(STEP_NOT_ALLOWED=order.status not in OPEN, DISPUTE_NOT_OPEN=row is None or row.status != awaited)
    assert row is not None
    named = row.offered if buyer else row.asked
    refuse(STEP_NOT_ALLOWED=buyer and named is None and word != "COUNTER")
    if word == "ACCEPT":
        assert named is not None
        refuse(NOTHING_TO_REFUND=not order.refundable, REFUND_TOO_LARGE=named > order.left)
        _resolve(world, order, row, named)
        return
    if amount is not None:
        refuse(**_named(order, amount, 1))
        refuse(OUT_OF_RANGE=amount == named)
        row.asked, row.offered = (amount, row.offered) if buyer else (row.asked, amount)
    else:
        row.offered = None
    row.status = "AWAITING_SELLER" if buyer else "AWAITING_BUYER"
    _silence(world, order)


def escalate(order: Order) -> None:
    """DSP-2: either side, or silence, hands it to the operators."""
    row = order.dispute
    refuse(STEP_NOT_ALLOWED=order.status not in OPEN, DISPUTE_NOT_OPEN=row is None or row.status == "ESCALATED")
    assert row is not None
    row.status = "ESCALATED"
    order.clocks.pop("DISPUTE_SILENCE", None)


def decide_dispute(world: World, order: Order, amount: int | None) -> None:
    """DSP-2: the operator decides that nothing, a part or everything goes back."""
    row = order.dispute
    refuse(STEP_NOT_ALLOWED=order.status not in OPEN, DISPUTE_NOT_OPEN=row is None or row.status != "ESCALATED")
    assert row is not None
    if amount == 0:
        _end(world, order, row, "REJECTED")
        return
    if amount is not None:
        refuse(**_named(order, amount, 1))
    refuse(NOTHING_TO_REFUND=not order.refundable)
    _resolve(world, order, row, order.left if amount is None else amount)


def withdraw_dispute(world: World, order: Order) -> None:
    """DSP-2: the buyer takes it back."""
    row = order.dispute
    refuse(STEP_NOT_ALLOWED=order.status not in OPEN, DISPUTE_NOT_OPEN=row is None)
    assert row is not None
    _end(world, order, row, "WITHDRAWN")


def reopen(world: World, order: Order) -> None:
    """An operator takes a rejection back, which moved no money."""
    row = order.disputes[-1]
    refuse(STEP_NOT_ALLOWED=order.status not in OPEN, DISPUTE_NOT_OPEN=row.outcome != "REJECTED")
    row.status, row.outcome = "ESCALATED", None
    money.pause(order, "AUTO_RECEIPT", world.now)


def _resolve(world: World, order: Order, row: Dispute, amount: int) -> None:
    full = money.refund(world, order, amount)
    _end(world, order, row, "FULL" if full else "PARTIAL")
    if full:
        close(world, order)


def _end(world: World, order: Order, row: Dispute, outcome: str) -> None:
    row.status, row.outcome = "RESOLVED", outcome
    order.clocks.pop("DISPUTE_SILENCE", None)
    money.resume(order, "AUTO_RECEIPT", world.now)


def close(world: World, order: Order) -> None:
    """The order is over: its clocks are void, a claim under review is rejected, its coupon given back (DSP-3)."""
    order.status, order.amendment = "CLOSED", None
    order.clocks.clear()
    if order.claim is not None and order.claim.status == "UNDER_REVIEW":
        order.claim.status = "REJECTED"
    give_back(world, order)
