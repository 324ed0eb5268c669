"""An order's way from offer to agreement, and the ways out of it (ORD-7 to ORD-11, GUA-2, FEE-2)."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from app.domain import buying, contract, coupons, deadlines, enrolment, funds, guarantees, lanes
from app.domain.access import By, plain_email
from app.domain.calendar import last_good_second
from app.domain.costs import campaign_place, quota_needed, quota_numbers, with_fee
from app.domain.errors import ErrorCode, Refusal
from app.domain.exports import Acknowledgement, acknowledge, check_method
from app.domain.fees import rate_of
from app.domain.happenings import Change, EventKind
from app.domain.lifecycle import Step
from app.domain.money import Money
from app.domain.records import (
    AmendmentStatus,
    CloseReason,
    CollectionAccount,
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    Instalment,
    OrderType,
    PaymentTerms,
    ServiceStatus,
    Status,
)
from app.domain.remedies import DisputeOutcome, DisputeStatus
from app.domain.steps import require
from app.domain.trade import Act, Kept, Trade

REASON_LONGEST = 1_000
REFERENCE_LONGEST = 100


def submit(
    trade: Trade, act: Act, coupon_id: UUID | None = None, acknowledged: Collection[Acknowledgement] = ()
) -> Trade:
    """Make the offer: it gets its number, its accounts and its link, and awaits the other side (ORD-7)."""
    require(trade, Step.SUBMIT, act)
    if trade.seller.service is not ServiceStatus.ACTIVE:
        raise Refusal(ErrorCode.SERVICE_NOT_ACTIVE, "The trade-assurance service is not active for this seller.")
    if trade.order.type is OrderType.BUY_NOW:
        return _place(trade, act, coupon_id)
    by_buyer = act.by is By.BUYER
    contract.require_complete(trade, whole=not by_buyer)
    if not by_buyer:
        if trade.order.buyer_id is None:
            raise Refusal(
                ErrorCode.BUYER_NOT_MATCHED,
                "Match the buyer's e-mail to a registered buyer before submitting.",
                ("contract", "email"),
            )
        trade = _offer(acknowledge(trade, acknowledged), act)
    if trade.order.payment_terms is PaymentTerms.FULL:
        trade = trade.change(deposit=None)
    trade = _offered(trade, act).change(
        status=Status.PENDING_CONFIRMATION, awaiting=By.SELLER if by_buyer else By.BUYER
    )
    facts = {"awaiting": str(trade.order.awaiting), "total": str(Money(trade.order.total, trade.order.currency))}
    return trade.record(EventKind.ORDER_SUBMITTED, act, facts=facts)


def _offered(trade: Trade, act: Act) -> Trade:
    """What is offered has its number, its link, and accounts of its own (ORD-7)."""
    order = trade.order
    trade = trade.change(
        number=order.number or act.mint.order_number(act.now),
        link=order.link or act.mint.link(),
        submitted_at=act.now,
        dispatch_guaranteed=stands_by(trade, act) and enrolment.covers(trade.seller, act.now),
    )
    return _collection_accounts(trade, act)


def stands_by(trade: Trade, act: Act) -> bool:
    """Whether the seller stands by what is offered: by every offer but a buyer's request in words (ENR-1)."""
    return act.by is By.SELLER or trade.order.type is OrderType.BUY_NOW


def _place(trade: Trade, act: Act, coupon_id: UUID | None) -> Trade:
    """The buyer buys now: the seller's standing offer completes the draft and is agreed by placing it (ORD-1)."""
    before = trade.order
    trade = buying.completed(trade, act)
    contract.require_complete(trade, whole=True)
    lanes.require_offered(trade)
    # from here on it is no draft: its events are the seller's to hear as well
    trade = _offered(trade, act).change(status=Status.PENDING_PAYMENT)
    facts = {"total": str(Money(trade.order.total, trade.order.currency))}
    changes = contract.differences(before, trade.order)
    return _agree(trade.record(EventKind.ORDER_SUBMITTED, act, changes, facts), act, coupon_id)


def _offer(trade: Trade, act: Act) -> Trade:
    """What a seller offers must be possible today: export method's limit, quota, a rate for the currency."""
    trade = with_fee(trade, act)
    check_method(trade)
    lanes.require_offered(trade)
    campaign_place(trade, act)
    needed = quota_needed(trade)
    available = trade.seller.quota_limit - trade.quota_in_use
    if needed and needed > available:
        raise Refusal(
            ErrorCode.QUOTA_EXCEEDED,
            f"The guarantee needs {Money(needed, 'USD')} of your quota and {Money(max(available, 0), 'USD')} is free; "
            "choose no guarantee, or wait until another order frees its part.",
            ("contract", "guaranteeMethod"),
            quota_numbers(trade, needed),
        )
    return trade


def _collection_accounts(trade: Trade, act: Act) -> Trade:
    """A fresh account per receiving bank, for this order only; a resubmitted order keeps those of its currency."""
    order = trade.order
    have = {(account.bank, account.currency) for account in trade.collection_accounts}
    fresh = [
        CollectionAccount(
            act.mint.id(), order.id, bank.name, bank.holder, act.mint.account_number(), bank.bic, order.currency
        )
        for bank in trade.policy.banks
        if (bank.name, order.currency) not in have
    ]
    return trade.put("collection_accounts", *fresh)


def revise(trade: Trade, act: Act) -> Trade:
    """Take one's own offer back to change it; a completed request returns to the seller."""
    require(trade, Step.REVISE, act)
    if act.by is By.SELLER and trade.order.drafted_by is By.BUYER:
        trade = trade.change(awaiting=By.SELLER)
    else:
        trade = trade.change(status=Status.DRAFT, awaiting=None)
    # what is taken back promises nothing; what is offered next is judged anew
    return trade.change(dispatch_guaranteed=False).record(EventKind.ORDER_REVISED, act)


def confirm(trade: Trade, act: Act, coupon_id: UUID | None = None) -> Trade:
    """The buyer agrees: policy, rates and fee are pinned, the quota is occupied, the instalments fall due (ORD-8)."""
    require(trade, Step.CONFIRM, act)
    return _agree(trade, act, coupon_id)


def _agree(trade: Trade, act: Act, coupon_id: UUID | None) -> Trade:
    """What the buyer agrees to, by confirming or by placing it, is pinned from now on."""
    actor = act.actor
    if actor is None or not actor.email_verified or plain_email(actor.email) != trade.contact.email:
        raise Refusal(ErrorCode.FORBIDDEN, "Only the account whose verified e-mail is on the contract may confirm it.")
    trade = with_fee(trade, act)
    check_method(trade)
    campaign = campaign_place(trade, act)
    needed = quota_needed(trade)
    if needed and needed > trade.seller.quota_limit - trade.quota_in_use:
        short = trade.record(EventKind.QUOTA_SHORT, act, facts=quota_numbers(trade, needed))
        refusal = Refusal(
            ErrorCode.GUARANTEE_UNAVAILABLE, "The seller cannot guarantee this order at present; ask them to revise it."
        )
        raise Kept(refusal, short)
    order = trade.order
    trade = trade.change(
        status=Status.PENDING_PAYMENT,
        awaiting=None,
        confirmed_at=act.now,
        policy_id=trade.policy.id,
        usd_rate=rate_of(trade.rates, order.currency, "USD"),
        quota_occupied=needed,
        campaign=campaign,
    )
    trade = guarantees.promise(trade, act)
    facts = {"total": str(Money(order.total, order.currency))}
    facts["deliveryGuaranteed"] = "yes" if trade.order.delivery_guaranteed else "no"
    trade = coupons.apply(trade.record(EventKind.ORDER_CONFIRMED, act, facts=facts), act, coupon_id)
    trade = _unpaid_discount(with_instalments(trade, act), act)
    return funds.count_held(funds.count(trade, act, 0), act)


def _unpaid_discount(trade: Trade, act: Act) -> Trade:
    """A discounted order is to be paid within days of its confirmation (ORD-11)."""
    order = trade.order
    if not (order.store_coupon or order.coupon):
        return trade
    days = trade.policy.discount_unpaid_days
    due = last_good_second(trade.policy.calendar.plus_days(act.now, days))
    inputs = {"start": act.now.isoformat(), "days": str(days), "zone": trade.policy.zone}
    return deadlines.start(trade, act, DeadlineKind.UNPAID_DISCOUNT, act.now, (due, "ORD-11", inputs))


def renew_discount(trade: Trade, act: Act) -> Trade:
    """Amended terms that first bring a discount start its days, and those without one end them (ORD-10, ORD-11)."""
    order = trade.order
    clock = deadlines.open_clock(trade, DeadlineKind.UNPAID_DISCOUNT)
    if order.status is not Status.PENDING_PAYMENT or order.first_paid_at is not None:
        return trade
    if not (order.store_coupon or order.coupon):
        return deadlines.end(trade, act, DeadlineKind.UNPAID_DISCOUNT, DeadlineStatus.VOID)
    return trade if clock else _unpaid_discount(trade, act)


def with_instalments(trade: Trade, act: Act) -> Trade:
    """The trade with the instalments of its agreed total (ORD-4, PAY-5), while nothing of them has come in."""
    if trade.applied_coupon is not None:
        trade = trade.change(coupon=coupons.offset_of(trade.applied_coupon, trade.order.total))
    rows = {row.position: row for row in trade.instalments}
    parts = contract.split(trade)
    shares = coupons.shares(trade, [amount for _, amount in parts])
    instalments = tuple(
        replace(rows[position], kind=kind, amount=amount, coupon=share)
        if position in rows
        else Instalment(act.mint.id(), trade.order.id, position, kind, amount, trade.order.currency, 0, None, share)
        for position, ((kind, amount), share) in enumerate(zip(parts, shares, strict=True))
    )
    return replace(trade, instalments=instalments)


def cancel(trade: Trade, act: Act, reason: str) -> Trade:
    """Either side withdraws before money has landed (ORD-11)."""
    require(trade, Step.CANCEL, act)
    why = CloseReason.CANCELLED_BY_BUYER if act.by is By.BUYER else CloseReason.CANCELLED_BY_SELLER
    return coupons.give_back(close(trade, act, why, reason, EventKind.ORDER_CANCELLED), act)


def cancel_unpaid(trade: Trade, deadline: Deadline, act: Act) -> Trade:
    """A discounted order whose first instalment was not complete in time is cancelled, its coupon given back (ORD-11).

    What had counted of that instalment goes back to the buyer, which is all that a dispute about it could bring.
    """
    require(trade, Step.CANCEL_UNPAID, act)
    trade = funds.return_counted(_end_dispute(trade, act), act, deadline.id)
    reason = "The first instalment was not complete in time for the discount."
    closed = close(trade, act, CloseReason.UNPAID, reason, EventKind.ORDER_CLOSED, deadline)
    return coupons.give_back(closed, act, deadline.detected_at)


def _end_dispute(trade: Trade, act: Act) -> Trade:
    dispute, order = trade.dispute, trade.order
    if dispute is None:
        return trade
    back = order.received - order.refunded
    ended = replace(
        dispute, status=DisputeStatus.RESOLVED, resolved_at=act.now, outcome=DisputeOutcome.FULL, refunded=back
    )
    facts = {"dispute": f"dsp_{dispute.id.hex}", "outcome": str(ended.outcome)}
    facts["refunded"] = str(Money(back, order.currency))
    return trade.put("disputes", ended).record(EventKind.DISPUTE_RESOLVED, act, facts=facts)


def decline(trade: Trade, act: Act, reason: str) -> Trade:
    """The side whose confirmation is awaited says no, with a reason."""
    require(trade, Step.DECLINE, act)
    why = CloseReason.DECLINED_BY_BUYER if act.by is By.BUYER else CloseReason.DECLINED_BY_SELLER
    return close(trade, act, why, reason, EventKind.ORDER_DECLINED)


def close(
    trade: Trade, act: Act, why: CloseReason, reason: str, kind: EventKind, deadline: Deadline | None = None
) -> Trade:
    """The order is over: nothing of it runs any more, and nothing of the seller's quota is occupied."""
    if not reason.strip() or len(reason) > REASON_LONGEST:
        raise Refusal(ErrorCode.REQUIRED, f"Give a reason of 1 to {REASON_LONGEST} characters.", ("reason",))
    closed_in = trade.order.status
    trade = trade.change(
        status=Status.CLOSED,
        awaiting=None,
        closed_at=act.now,
        closed_in=closed_in,
        close_reason=why,
        close_note=reason,
        quota_occupied=0,
        campaign=trade.order.campaign if why is CloseReason.REFUNDED else None,
    )
    trade = deadlines.void_all(trade, act).record(
        kind,
        act,
        facts={"reason": str(why)},
        due_at=deadline.due_at if deadline else None,
        detected_at=deadline.detected_at if deadline else None,
    )
    return lapse_amendment(trade, act)


def lapse_amendment(trade: Trade, act: Act) -> Trade:
    """An amendment nobody answered lapses when the order is dispatched in full or closes (ORD-10)."""
    if (amendment := trade.amendment) is None:
        return trade
    trade = trade.put("amendments", replace(amendment, status=AmendmentStatus.LAPSED, decided_at=act.now))
    return trade.record(EventKind.AMENDMENT_LAPSED, act)


def assign(trade: Trade, act: Act, salesperson_id: UUID | None) -> Trade:
    """The order becomes a salesperson's, or nobody's."""
    require(trade, Step.ASSIGN, act)
    if salesperson_id is not None and salesperson_id not in trade.salespeople:
        raise Refusal(ErrorCode.NOT_FOUND, "No such member of your company.", ("salespersonId",))
    change = Change("salesperson", _account_text(trade.order.salesperson_id), _account_text(salesperson_id))
    # whoever gets the order hears of it; whoever had it sees it go
    return trade.change(salesperson_id=salesperson_id).record(EventKind.SALESPERSON_ASSIGNED, act, [change])


def _account_text(account_id: UUID | None) -> str | None:
    return None if account_id is None else f"acc_{account_id.hex}"


def set_reference(trade: Trade, act: Act, reference: str | None) -> Trade:
    """A side's own reference to the order, such as the number it has in its ERP; the other side never sees it."""
    require(trade, Step.SET_REFERENCE, act)
    if reference is not None and not 0 < len(reference) <= REFERENCE_LONGEST:
        raise Refusal(ErrorCode.TOO_LONG, f"From 1 to {REFERENCE_LONGEST} characters.", ("reference",))
    buyer = act.by is By.BUYER
    column = "buyer_reference" if buyer else "seller_reference"
    kind = EventKind.BUYER_REFERENCE_SET if buyer else EventKind.SELLER_REFERENCE_SET
    change = Change("reference", getattr(trade.order, column), reference)
    return trade.change(**{column: reference}).record(kind, act, [change])


def link_answer(email: str | None) -> str:
    """What a stranger with the order link is told beside the seller's name: "b•••@…" (ORD-7)."""
    return f"{email[0]}•••@…" if email else "•••@…"
