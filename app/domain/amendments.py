"""Amendments (ORD-10): a change of agreed terms, its effect shown before, in force when the buyer confirms it."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.domain import buying, contract, deadlines, funds, guarantees, lanes
from app.domain.access import By
from app.domain.calendar import in_time
from app.domain.contract import AMOUNT_FIELDS, CONTACT_FIELDS, DISPATCH_FIELDS
from app.domain.costs import campaign_place, quota_needed
from app.domain.errors import ErrorCode, Refusal
from app.domain.exports import check_method
from app.domain.fees import fee_terms
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.orders import renew_discount, with_instalments
from app.domain.records import (
    Amendment,
    AmendmentStatus,
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    Order,
    PaymentTerms,
    Status,
)
from app.domain.steps import money_for_dispatch, require
from app.domain.trade import Act, Trade
from app.domain.words import camel

REASON_LONGEST = 1_000
AMENDMENTS_MOST = 100

# Once money has landed amounts stand; what is left to agree is when, how and where to (ORD-10)
_ADDRESS = frozenset(CONTACT_FIELDS) - {"email"}
AFTER_MONEY = DISPATCH_FIELDS | {"transport_mode", "lane", "lane_id", "carrier"} | _ADDRESS
ALWAYS_FIXED = frozenset({"email", "currency", "contract_file_id"})


def propose(trade: Trade, act: Act, patch: contract.Patch, reason: str | None) -> Trade:
    """The seller proposes one amendment; nothing changes until the buyer confirms it."""
    require(trade, Step.PROPOSE_AMENDMENT, act)
    if len(trade.amendments) >= AMENDMENTS_MOST:
        raise Refusal(ErrorCode.TOO_MANY, f"At most {AMENDMENTS_MOST} amendments are proposed for an order.")
    if not patch:
        raise Refusal(ErrorCode.REQUIRED, "Name at least one term to change.", ("contract",))
    if reason is not None and len(reason) > REASON_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"At most {REASON_LONGEST} characters.", ("reason",))
    patch = buying.filled(trade, patch, act.by)
    amended(trade, act, patch)
    amendment = Amendment(
        id=act.mint.id(),
        order_id=trade.order.id,
        status=AmendmentStatus.PROPOSED,
        changes=contract.to_json(patch),
        reason=reason,
        proposed_by=act.account_id or trade.order.seller_id,
        proposed_at=act.now,
        decided_at=None,
    )
    facts = {"amendment": f"amd_{amendment.id.hex}", "fields": contract.paths_of(patch)}
    return trade.put("amendments", amendment).record(EventKind.AMENDMENT_PROPOSED, act, facts=facts)


def amended(trade: Trade, act: Act, patch: contract.Patch) -> Trade:
    """The trade as it would be under other terms, deadlines and sums included; refuses what cannot be amended."""
    fixed = sorted(set(patch) - AFTER_MONEY if trade.order.landed else set(patch) & ALWAYS_FIXED)
    if trade.order.status is Status.PARTIALLY_DISPATCHED:
        fixed = sorted(set(patch) - DISPATCH_FIELDS)
    if fixed:
        code = ErrorCode.AMENDMENT_CHANGES_AMOUNT if set(fixed) & {"items", *AMOUNT_FIELDS} else ErrorCode.FORBIDDEN
        raise Refusal(
            code,
            "By now these terms are fixed: " + ", ".join(map(contract.path_of, fixed)) + ".",
            ("contract", camel(fixed[0])),
            {"fixed": contract.paths_of(fixed)},
        )
    before = trade
    trade = contract.write(trade, patch, act)
    contract.require_complete(trade, whole=True)
    if lanes.JUDGED & set(patch):
        lanes.require_offered(trade)
    trade = guarantees.renew(trade, act, patch)
    if trade.order.payment_terms is PaymentTerms.FULL:
        trade = trade.change(deposit=None)
    if not trade.order.landed:
        trade = _reprice(trade, act)
        # an instalment that the coupon now pays alone is complete without any money (PAY-5)
        trade = funds.count(renew_discount(with_instalments(trade, act), act), act, 0)
    return _redate(before, trade, act)


def _reprice(trade: Trade, act: Act) -> Trade:
    """Fee and quota of the amended total, at the policy and the rate pinned at confirmation."""
    order = trade.order
    if order.export_method is not None and order.confirmed_at is not None:
        day = trade.policy.calendar.date_of(order.confirmed_at)
        terms = fee_terms(
            trade.policy, order.export_method, order.logistics, order.currency, trade.rates, day, trade.new_seller
        )
        trade = trade.change(fee_rate=terms.rate, fee_cap=terms.cap, fee=terms.fee(order.total))
    check_method(trade)
    trade = trade.change(campaign=campaign_place(trade, act))
    needed = quota_needed(trade)
    free = trade.seller.quota_limit - (trade.quota_in_use - order.quota_occupied)
    if needed > max(free, order.quota_occupied):
        raise Refusal(
            ErrorCode.GUARANTEE_UNAVAILABLE, "The seller cannot guarantee the amended total at present.", ("contract",)
        )
    return trade.change(quota_occupied=needed)


def _redate(before: Trade, trade: Trade, act: Act) -> Trade:
    """The deadlines recomputed from the same start; a new one must lie ahead, or the amendment is refused."""
    clock = dispatch_clock(trade.deadlines)
    if clock is None:
        return funds.begin_dispatch(trade, act)
    if not money_for_dispatch(trade.order.dispatch_term, trade.instalments):
        raise Refusal(
            ErrorCode.MONEY_MISSING,
            "The dispatch clock runs already, so the term cannot wait for money that is still missing.",
            ("contract", "dispatchTerm"),
        )
    if _term(before.order) == _term(trade.order):
        return guarantees.move(trade, act)
    due = deadlines.dispatch_due(trade.order, clock.starts_at, trade.policy)
    if not in_time(act.now, due[0]):
        raise Refusal(
            ErrorCode.DEADLINE_IN_THE_PAST,
            "Under these terms the dispatch deadline would already be over; choose a later one.",
            ("contract", "dispatchTerm"),
            {"dueAt": due[0].isoformat()},
        )
    return guarantees.move(deadlines.move_dispatch(trade, act, due), act)


def _term(order: Order) -> tuple[object, ...]:
    return order.dispatch_term, order.dispatch_days, order.dispatch_date, order.dispatch_instant


def dispatch_clock(rows: tuple[Deadline, ...]) -> Deadline | None:
    """The dispatch deadline in force, run out or not."""
    live = (DeadlineStatus.RUNNING, DeadlineStatus.LAPSED)
    return next((row for row in rows if row.kind is DeadlineKind.DISPATCH and row.status in live), None)


def answer(trade: Trade, act: Act, accept: bool) -> Trade:
    """The buyer confirms or declines; confirmed terms replace the agreed ones, computed anew at this instant."""
    require(trade, Step.ANSWER_AMENDMENT, act)
    amendment = _open(trade)
    decided = replace(amendment, decided_at=act.now)
    facts = {"amendment": f"amd_{amendment.id.hex}"}
    if not accept:
        trade = trade.put("amendments", replace(decided, status=AmendmentStatus.DECLINED))
        return trade.record(EventKind.AMENDMENT_DECLINED, act, facts=facts)
    patch = contract.from_json(amendment.changes)
    trade = trade.put("amendments", replace(decided, status=AmendmentStatus.CONFIRMED))
    facts["fields"] = contract.paths_of(patch)
    changes = contract.differences(trade.order, amended(trade, act, patch).order)
    return amended(trade.record(EventKind.AMENDMENT_CONFIRMED, act, changes, facts), act, patch)


def withdraw(trade: Trade, act: Act) -> Trade:
    """The seller takes the proposal back."""
    require(trade, Step.WITHDRAW_AMENDMENT, act)
    amendment = _open(trade)
    trade = trade.put("amendments", replace(amendment, status=AmendmentStatus.WITHDRAWN, decided_at=act.now))
    return trade.record(EventKind.AMENDMENT_WITHDRAWN, act, facts={"amendment": f"amd_{amendment.id.hex}"})


def _open(trade: Trade) -> Amendment:
    if (amendment := trade.amendment) is None:
        raise Refusal(ErrorCode.AMENDMENT_NOT_OPEN, "No amendment waits for an answer.")
    return amendment


@dataclass(frozen=True, slots=True)
class Effect:
    """What confirming an amendment now would do, shown to both sides before: deadline, flag, sums."""

    due_before: datetime | None
    due_after: datetime | None
    promised_before: datetime | None
    promised_after: datetime | None
    clears_overdue: bool
    total_before: int
    total_after: int
    fee_before: int | None
    fee_after: int | None
    refusal: Refusal | None


def effect(trade: Trade, act: Act, patch: contract.Patch, proposed: bool = True) -> Effect:
    """The effect of a patch if it were confirmed at `act.now`, by the same function that confirms it.

    One not `proposed` yet is read as the seller would propose it: its lines are filled from their products.
    """
    clock = dispatch_clock(trade.deadlines)
    refusal, after = None, trade
    try:
        after = amended(trade, act, patch if proposed else buying.filled(trade, patch, By.SELLER))
    except Refusal as refused:
        refusal = refused
    then = dispatch_clock(after.deadlines)
    return Effect(
        due_before=clock.due_at if clock else None,
        due_after=then.due_at if then else None,
        promised_before=trade.order.promised_at,
        promised_after=after.order.promised_at,
        clears_overdue=trade.order.overdue_at is not None and after.order.overdue_at is None,
        total_before=trade.order.total,
        total_after=after.order.total,
        fee_before=trade.order.fee,
        fee_after=after.order.fee,
        refusal=refusal,
    )
