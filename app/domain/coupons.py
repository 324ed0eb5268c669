"""Platform coupons: issued, applied, used, given back, expired (COU-1 to COU-3, PAY-4, PAY-5, PAY-9)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from app.domain import deadlines, recoveries
from app.domain.access import By
from app.domain.calendar import SECOND, in_time
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind, Happening
from app.domain.ledger import SUBSIDY, AccountKind, EntryKind, Move
from app.domain.money import Money
from app.domain.policy import Policy
from app.domain.records import Deadline, DeadlineKind, DeadlineStatus, Instalment
from app.domain.recoveries import CURRENCY
from app.domain.remedies import Coupon, CouponStatus, Liability
from app.domain.trade import Act, Trade, coupon_event


def expiry(policy: Policy, issued_at: datetime) -> datetime:
    """The last good second of a coupon: the end of the date of issue + 90 days (section 14)."""
    calendar = policy.calendar
    return calendar.end_of(calendar.date_of(issued_at) + timedelta(days=policy.coupon_days))


def issue(trade: Trade, act: Act, claim_id: UUID, amount: int, liability: Liability) -> Trade:
    """The buyer gets a coupon for a broken promise; its clocks run by today's policy (COU-1)."""
    policy = trade.policy_now or trade.policy
    coupon = Coupon(
        id=act.mint.id(),
        buyer_id=_buyer(trade),
        claim_id=claim_id,
        order_id=trade.order.id,
        seller_id=trade.order.seller_id,
        status=CouponStatus.AVAILABLE,
        amount=amount,
        currency=CURRENCY,
        liability=liability,
        issued_at=act.now,
        expires_at=expiry(policy, act.now),
    )
    inputs = {"start": act.now.isoformat(), "days": str(policy.coupon_days), "zone": policy.zone}
    ends = deadlines.running(
        act, DeadlineKind.COUPON_EXPIRY, act.now, (coupon.expires_at, "COU-1", inputs), coupon_id=coupon.id
    )
    soon = policy.calendar.plus_days(coupon.expires_at, -policy.coupon_expiring_days)
    warns = {"expiry": coupon.expires_at.isoformat(), "days": str(policy.coupon_expiring_days)}
    warning = deadlines.running(act, DeadlineKind.COUPON_EXPIRING, act.now, (soon, "COU-2", warns), coupon_id=coupon.id)
    facts = {"amount": str(Money(amount, CURRENCY)), "expiresAt": coupon.expires_at.isoformat()}
    return trade.put("deadlines", ends, warning).record_coupon(coupon, EventKind.COUPON_ISSUED, act, facts)


def _buyer(trade: Trade) -> UUID:
    if trade.order.buyer_id is None:
        raise LookupError(f"order {trade.order.id} was agreed without a buyer")
    return trade.order.buyer_id


def refusal_for(coupon: Coupon | None, account_id: UUID | None, currency: str, now: datetime) -> Refusal | None:
    """Why a coupon cannot be applied to an order in this currency now, or None when it can (COU-1, COU-3)."""
    field = ("couponId",)
    if coupon is None or coupon.buyer_id != account_id:
        return Refusal(ErrorCode.NOT_FOUND, "You have no such coupon.", field)
    if coupon.status is CouponStatus.EXPIRED or (
        coupon.status is CouponStatus.AVAILABLE and not in_time(now, coupon.expires_at)
    ):
        ended = {"expiresAt": coupon.expires_at.isoformat()}
        return Refusal(ErrorCode.COUPON_EXPIRED, "This coupon's time is over.", field, ended)
    if coupon.status is not CouponStatus.AVAILABLE:
        message = "This coupon is applied to another order, used or revoked; a coupon is good for one order."
        return Refusal(ErrorCode.COUPON_NOT_AVAILABLE, message, field, {"status": str(coupon.status)})
    if coupon.currency != currency:
        message = f"This coupon is for orders in {coupon.currency}; this order is in {currency}."
        return Refusal(ErrorCode.COUPON_CURRENCY, message, field, {"currency": coupon.currency})
    return None


def apply(trade: Trade, act: Act, coupon_id: UUID | None) -> Trade:
    """A coupon is reserved for the order as it is agreed: worth at most its total, the rest is forfeited (COU-1)."""
    if coupon_id is None:
        return trade
    coupon = next((row for row in trade.coupons if row.id == coupon_id), None)
    refusal = refusal_for(coupon, trade.order.buyer_id, trade.order.currency, act.now)
    if refusal is not None or coupon is None:
        raise refusal or LookupError(coupon_id)
    reserved = replace(coupon, status=CouponStatus.RESERVED, reserved_order_id=trade.order.id, reserved_at=act.now)
    offset = offset_of(coupon, trade.order.total)
    trade = trade.change(coupon_id=coupon.id, coupon=offset)
    facts = {"amount": str(Money(offset, coupon.currency)), "order": f"ord_{trade.order.id.hex}"}
    trade = trade.record_coupon(reserved, EventKind.COUPON_RESERVED, act, facts)
    return trade.record(EventKind.COUPON_APPLIED, act, facts={"amount": facts["amount"]})


def offset_of(coupon: Coupon, total: int) -> int:
    """What a coupon takes off an order: at most what is due (COU-1)."""
    return min(coupon.amount, total)


def shares(trade: Trade, amounts: list[int]) -> list[int]:
    """What the coupon pays of each instalment: it lowers the first, and what is left of it the next (PAY-5)."""
    left, parts = trade.order.coupon, []
    for amount in amounts:
        parts.append(min(left, amount))
        left -= parts[-1]
    return parts


def post_share(trade: Trade, act: Act, instalment: Instalment) -> Trade:
    """The platform pays the coupon's share when the instalment is complete: a second entry (PAY-4)."""
    coupon, share = trade.applied_coupon, instalment.coupon
    if coupon is None or not share:
        return trade
    escrow = trade.account(AccountKind.ESCROW)
    trade = trade.post(EntryKind.COUPON_POSTED, act, coupon.id, Move(SUBSIDY, escrow, share, coupon.currency))
    trade = trade.change(coupon_posted=trade.order.coupon_posted + share, landed=True)
    amount = str(Money(share, coupon.currency))
    trade = trade.record(EventKind.COUPON_POSTED, act, facts={"amount": amount, "payer": payer_of(coupon)})
    used = replace(coupon, status=CouponStatus.USED, used=coupon.used + share, used_at=coupon.used_at or act.now)
    facts = {"amount": str(Money(used.used, coupon.currency)), "order": f"ord_{trade.order.id.hex}"}
    trade = trade.record_coupon(used, EventKind.COUPON_USED, act, facts)
    return recoveries.reckon_soon(trade, act, coupon.order_id, coupon.id)


def payer_of(coupon: Coupon) -> str:
    """Who pays a coupon's value: the platform, or the platform for a late seller who is not named (PAY-4)."""
    return "PLATFORM" if coupon.liability is Liability.PLATFORM else "PLATFORM_FOR_LATE_SELLER"


def take_back_share(trade: Trade, act: Act, instalment: Instalment) -> Trade:
    """The association that completed an instalment was undone: the platform's share of it goes back too (PAY-7)."""
    coupon, share = trade.applied_coupon, instalment.coupon
    if coupon is None or not share:
        return trade
    escrow = trade.account(AccountKind.ESCROW)
    trade = trade.post(EntryKind.COUPON_TAKEN_BACK, act, coupon.id, Move(escrow, SUBSIDY, share, coupon.currency))
    trade = trade.change(coupon_posted=trade.order.coupon_posted - share)
    left = coupon.used - share
    status = CouponStatus.USED if left else CouponStatus.RESERVED
    kept = replace(coupon, used=left, status=status, used_at=coupon.used_at if left else None)
    # what it paid of another instalment stands: then it is used, for less
    kind = EventKind.COUPON_USED if left else EventKind.COUPON_RESERVED
    facts = {"amount": str(Money(left or share, coupon.currency)), "order": f"ord_{trade.order.id.hex}"}
    trade = trade.record_coupon(kept, kind, act, facts)
    return recoveries.reckon_soon(trade, act, coupon.order_id, coupon.id)


def give_back(trade: Trade, act: Act, seen: datetime | None = None) -> Trade:
    """The order is off: the coupon is the buyer's again if its time still runs, else it is EXPIRED at once (PAY-9).

    `seen` is when a lapse that gives it back is settled: by then its own clock may be over, and nobody winds it again.
    """
    coupon = trade.applied_coupon
    if coupon is None or coupon.reserved_order_id != trade.order.id:
        return trade
    alive = in_time(seen or act.now, coupon.expires_at)
    back = replace(
        coupon,
        status=CouponStatus.AVAILABLE if alive else CouponStatus.EXPIRED,
        reserved_order_id=None,
        reserved_at=None,
        used=0,
        used_at=None,
    )
    facts = {"expiresAt": coupon.expires_at.isoformat(), "order": f"ord_{trade.order.id.hex}"}
    trade = trade.record_coupon(back, EventKind.COUPON_GIVEN_BACK, act, facts)
    if not alive:
        over = act if not in_time(act.now, coupon.expires_at) else Act(By.TIME, coupon.expires_at + SECOND, act.mint)
        trade = trade.record_coupon(_applied(trade, back), EventKind.COUPON_EXPIRED, over)
    return recoveries.reckon_soon(trade, act, coupon.order_id, coupon.id) if coupon.used else trade


def _applied(trade: Trade, coupon: Coupon) -> Coupon:
    return next(row for row in trade.coupons if row.id == coupon.id)


def revoke(trade: Trade, act: Act, coupon: Coupon) -> Trade:
    """The decision that issued a coupon is taken back, while nobody has applied it."""
    if coupon.status is not CouponStatus.AVAILABLE:
        message = "The coupon was applied, used or has expired, so the decision can no longer be taken back."
        raise Refusal(ErrorCode.COUPON_NOT_AVAILABLE, message, params={"status": str(coupon.status)})
    return trade.record_coupon(replace(coupon, status=CouponStatus.REVOKED), EventKind.COUPON_REVOKED, act)


@dataclass(frozen=True, slots=True)
class Issued:
    """A coupon with the clocks that run for it, and what has been decided about it but not yet written."""

    coupon: Coupon
    clocks: tuple[Deadline, ...] = ()
    happenings: tuple[Happening, ...] = ()


def settle(issued: Issued, act: Act) -> Issued:
    """The coupon after everything that has run out at `act.now`: announced, then expired (section 14).

    One that is reserved or used neither is warned of nor expires.
    """
    for clock in sorted(issued.clocks, key=lambda row: (row.due_at, row.id)):
        if clock.status is not DeadlineStatus.RUNNING or in_time(act.now, clock.due_at):
            continue
        time = Act(By.TIME, clock.due_at + SECOND, act.mint)
        lapsed = replace(clock, status=DeadlineStatus.LAPSED, settled_at=time.now, detected_at=act.now)
        issued = replace(issued, clocks=tuple(lapsed if row.id == clock.id else row for row in issued.clocks))
        if issued.coupon.status is CouponStatus.AVAILABLE:
            issued = _lapse(issued, lapsed, time)
    return issued


def _lapse(issued: Issued, clock: Deadline, time: Act) -> Issued:
    coupon, kind = issued.coupon, EventKind.COUPON_EXPIRING
    if clock.kind is DeadlineKind.COUPON_EXPIRY:
        coupon, kind = replace(coupon, status=CouponStatus.EXPIRED), EventKind.COUPON_EXPIRED
    facts = {"expiresAt": coupon.expires_at.isoformat()}
    coupon, happening = coupon_event(coupon, kind, time, facts, clock.due_at, clock.detected_at)
    return replace(issued, coupon=coupon, happenings=(*issued.happenings, happening))


def lag(issued: Issued, now: datetime) -> timedelta:
    """How long ago the first of the clocks that still run ran out, and nobody has come to settle it."""
    late = [now - clock.due_at - SECOND for clock in issued.clocks if clock.status is DeadlineStatus.RUNNING]
    return max((*late, timedelta()))
