"""An order's way from draft to agreement, and the ways out of it (ORD-1 to ORD-11, GUA-2, FEE-2)."""

from dataclasses import replace
from uuid import UUID

from app.domain import contract, deadlines, funds
from app.domain.access import By, plain_email
from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import Rates, fee_terms, in_usd, rate_of
from app.domain.happenings import Change, EventKind
from app.domain.lifecycle import Step
from app.domain.money import Money
from app.domain.policy import ExportMethod, Logistics, Policy
from app.domain.records import (
    AmendmentStatus,
    CloseReason,
    CollectionAccount,
    Contact,
    GuaranteeMethod,
    Instalment,
    Invitation,
    Order,
    OrderType,
    PaymentTerms,
    Seller,
    ServiceStatus,
    Status,
)
from app.domain.steps import require
from app.domain.trade import Act, Kept, Trade

REASON_LONGEST = 1_000
REFERENCE_LONGEST = 100


def blank(act: Act, seller: Seller, policy: Policy, rates: Rates) -> Trade:
    """An empty draft of whoever acts; a buyer's is a request to a seller (ORD-1)."""
    buyer = act.by is By.BUYER
    order_id = act.mint.id()
    order = Order(
        id=order_id,
        number=None,
        link=None,
        version=0,
        status=Status.DRAFT,
        awaiting=None,
        type=OrderType.START_ORDER if buyer else OrderType.SELLER_DRAFT,
        drafted_by=act.by,
        seller_id=seller.id,
        buyer_id=act.account_id if buyer else None,
        salesperson_id=None,
        seller_reference=None,
        buyer_reference=None,
        currency="USD",
        products=0,
        shipping_fee=0,
        shipping_discount=0,
        store_coupon=0,
        total=0,
        payment_terms=None,
        deposit=None,
        dispatch_term=None,
        dispatch_days=None,
        dispatch_date=None,
        dispatch_instant=None,
        transport_mode=None,
        carrier=None,
        lane=None,
        incoterm=None,
        incoterm_place=None,
        export_method=None,
        logistics=Logistics.OWN,
        guarantee_method=GuaranteeMethod.NONE,
        notes=None,
        contact_version=0,
        policy_id=None,
        usd_rate=None,
        fee_rate=None,
        fee_cap=None,
        fee=None,
        quota_occupied=0,
        received=0,
        refunded=0,
        released=0,
        fee_charged=0,
        landed=False,
        created_at=act.now,
        updated_at=act.now,
        submitted_at=None,
        confirmed_at=None,
        first_paid_at=None,
        fully_paid_at=None,
        dispatched_at=None,
        delivered_at=None,
        completed_at=None,
        received_by=None,
        closed_at=None,
        closed_in=None,
        close_reason=None,
        close_note=None,
        overdue_at=None,
        entries=0,
        entry_hash=None,
    )
    email = plain_email(act.actor.email) if buyer and act.actor is not None else None
    return Trade(order, Contact(act.mint.id(), order_id, 0, email=email), seller, policy, rates)


def draft(act: Act, seller: Seller, policy: Policy, rates: Rates, patch: contract.Patch) -> Trade:
    """A new draft with what its drafter has written so far."""
    if seller.service is not ServiceStatus.ACTIVE:
        raise Refusal(
            ErrorCode.SERVICE_NOT_ACTIVE,
            "This seller has not opened the trade-assurance service yet.",
            ("sellerId",) if act.by is By.BUYER else (),
        )
    trade = contract.write(blank(act, seller, policy, rates), patch, act)
    if act.by is By.SELLER:
        trade = trade.change(salesperson_id=act.account_id)
    _own_email(trade, act)
    return _estimate(trade, act).record(EventKind.ORDER_DRAFTED, act)


def edit(trade: Trade, act: Act, patch: contract.Patch) -> Trade:
    """The drafter writes on; a seller who received a request completes it, without touching where it goes (ORD-8)."""
    require(trade, Step.EDIT, act)
    completing = trade.order.status is Status.PENDING_CONFIRMATION
    if completing and (fixed := next((name for name in contract.CONTACT_FIELDS if name in patch), None)):
        raise Refusal(
            ErrorCode.FORBIDDEN, "Where the goods go is the buyer's to say; revise it with them.", ("contract", fixed)
        )
    before = trade
    trade = contract.write(trade, patch, act)
    _own_email(trade, act)
    fields = sorted(name for name in patch if name not in contract.CONTACT_FIELDS)
    facts = {"fields": " ".join(fields)} if fields else {}
    if trade.contact.version != before.contact.version:
        facts["contactVersion"] = str(trade.contact.version)
    changes = [] if before.order.total == trade.order.total else [_total_change(before, trade)]
    return _estimate(trade, act).record(EventKind.ORDER_EDITED, act, changes, facts)


def _total_change(before: Trade, after: Trade) -> Change:
    return Change(
        "total",
        str(Money(before.order.total, before.order.currency)),
        str(Money(after.order.total, after.order.currency)),
    )


def _own_email(trade: Trade, act: Act) -> None:
    """A buyer asks in their own name: the e-mail of their request is their account's."""
    if act.by is By.BUYER and act.actor is not None and trade.contact.email != plain_email(act.actor.email):
        raise Refusal(ErrorCode.INVALID, "Use the e-mail of your own account.", ("contract", "email"))


def _estimate(trade: Trade, act: Act) -> Trade:
    """The fee at today's policy, shown until confirmation pins it; none while it cannot be said."""
    try:
        return _with_fee(trade, act)
    except Refusal:
        return trade.change(fee=None, fee_rate=None, fee_cap=None)


def _with_fee(trade: Trade, act: Act) -> Trade:
    order = trade.order
    if order.export_method is None:
        return trade.change(fee=None, fee_rate=None, fee_cap=None)
    today = trade.policy.calendar.date_of(act.now)
    terms = fee_terms(
        trade.policy, order.export_method, order.logistics, order.currency, trade.rates, today, trade.new_seller
    )
    return trade.change(fee=terms.fee(order.total), fee_rate=terms.rate, fee_cap=terms.cap)


def match_buyer(trade: Trade, act: Act) -> Trade:
    """The draft's e-mail is resolved to a registered buyer, or an invitation is recorded (ORD-2)."""
    require(trade, Step.MATCH_BUYER, act)
    email = trade.contact.email
    if email is None:
        raise Refusal(ErrorCode.REQUIRED, "Write the buyer's e-mail on the draft first.", ("contract", "email"))
    buyer_id = trade.registered_buyer
    trade = trade.change(buyer_id=buyer_id)
    if buyer_id is None and all(invitation.email != email for invitation in trade.invitations):
        trade = trade.put("invitations", Invitation(act.mint.id(), trade.order.id, email, act.now))
    facts = {"registered": "yes" if buyer_id is not None else "no"}
    return trade.record(EventKind.BUYER_MATCHED, act, facts=facts)


def submit(trade: Trade, act: Act) -> Trade:
    """Make the offer: it gets its number, its accounts and its link, and awaits the other side (ORD-7)."""
    require(trade, Step.SUBMIT, act)
    if trade.seller.service is not ServiceStatus.ACTIVE:
        raise Refusal(ErrorCode.SERVICE_NOT_ACTIVE, "The trade-assurance service is not active for this seller.")
    by_buyer = act.by is By.BUYER
    contract.require_complete(trade, whole=not by_buyer)
    if not by_buyer:
        if trade.order.buyer_id is None:
            raise Refusal(
                ErrorCode.BUYER_NOT_MATCHED,
                "Match the buyer's e-mail to a registered buyer before submitting.",
                ("contract", "email"),
            )
        trade = _offer(trade, act)
    order = trade.order
    if order.payment_terms is PaymentTerms.FULL:
        trade = trade.change(deposit=None)
    trade = trade.change(
        status=Status.PENDING_CONFIRMATION,
        awaiting=By.SELLER if by_buyer else By.BUYER,
        number=order.number or act.mint.order_number(act.now),
        link=order.link or act.mint.link(),
        submitted_at=act.now,
    )
    facts = {"awaiting": str(trade.order.awaiting), "total": str(Money(trade.order.total, trade.order.currency))}
    return _collection_accounts(trade, act).record(EventKind.ORDER_SUBMITTED, act, facts=facts)


def _offer(trade: Trade, act: Act) -> Trade:
    """What a seller offers must be possible today: export method's limit, quota, a rate for the currency."""
    trade = _with_fee(trade, act)
    check_export_limit(trade)
    needed = quota_needed(trade)
    available = trade.seller.quota_limit - trade.quota_in_use
    if needed and needed > available:
        raise Refusal(
            ErrorCode.QUOTA_EXCEEDED,
            f"The guarantee needs {Money(needed, 'USD')} of your quota and {Money(max(available, 0), 'USD')} is free; "
            "choose no guarantee, or wait until another order frees its part.",
            ("contract", "guaranteeMethod"),
            _quota_numbers(trade, needed),
        )
    return trade


def _quota_numbers(trade: Trade, needed: int) -> dict[str, str]:
    return {
        "limit": str(Money(trade.seller.quota_limit, "USD")),
        "occupied": str(Money(trade.quota_in_use, "USD")),
        "needed": str(Money(needed, "USD")),
    }


def check_export_limit(trade: Trade) -> None:
    """Refuse easy dispatch for an order that is worth more than its limit (FEE-2)."""
    order = trade.order
    usd = in_usd(order.total, order.currency, trade.rates)
    limit = trade.policy.easy_dispatch_limit_usd
    if order.export_method is ExportMethod.EASY_DISPATCH and usd > limit:
        raise Refusal(
            ErrorCode.EXPORT_AMOUNT_LIMIT,
            f"Easy dispatch is for orders up to {Money(limit, 'USD')}; this one is worth {Money(usd, 'USD')}.",
            ("contract", "exportMethod"),
            {"limit": str(Money(limit, "USD")), "total": str(Money(usd, "USD"))},
        )


def quota_needed(trade: Trade) -> int:
    """The USD cents of the seller's quota that the order's guarantee occupies (GUA-2)."""
    order = trade.order
    if order.guarantee_method is GuaranteeMethod.NONE:
        return 0
    return in_usd(order.total, order.currency, trade.rates)


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
    return trade.record(EventKind.ORDER_REVISED, act)


def confirm(trade: Trade, act: Act) -> Trade:
    """The buyer agrees: policy, rates and fee are pinned, the quota is occupied, the instalments fall due (ORD-8)."""
    require(trade, Step.CONFIRM, act)
    actor = act.actor
    if actor is None or not actor.email_verified or plain_email(actor.email) != trade.contact.email:
        raise Refusal(ErrorCode.FORBIDDEN, "Only the account whose verified e-mail is on the contract may confirm it.")
    trade = _with_fee(trade, act)
    check_export_limit(trade)
    needed = quota_needed(trade)
    if needed and needed > trade.seller.quota_limit - trade.quota_in_use:
        short = trade.record(EventKind.QUOTA_SHORT, act, facts=_quota_numbers(trade, needed))
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
    )
    facts = {"total": str(Money(order.total, order.currency)), "policy": f"pol_{trade.policy.id.hex}"}
    trade = with_instalments(trade, act).record(EventKind.ORDER_CONFIRMED, act, facts=facts)
    return funds.count_held(trade, act)


def with_instalments(trade: Trade, act: Act) -> Trade:
    """The trade with the instalments of its agreed total (ORD-4), while nothing of them has come in."""
    rows = {row.position: row for row in trade.instalments}
    parts = tuple(
        replace(rows[position], kind=kind, amount=amount)
        if position in rows
        else Instalment(act.mint.id(), trade.order.id, position, kind, amount, trade.order.currency, 0, None)
        for position, (kind, amount) in enumerate(contract.split(trade))
    )
    return replace(trade, instalments=parts)


def cancel(trade: Trade, act: Act, reason: str) -> Trade:
    """Either side withdraws before money has landed (ORD-11)."""
    require(trade, Step.CANCEL, act)
    why = CloseReason.CANCELLED_BY_BUYER if act.by is By.BUYER else CloseReason.CANCELLED_BY_SELLER
    return _close(trade, act, why, reason, EventKind.ORDER_CANCELLED)


def decline(trade: Trade, act: Act, reason: str) -> Trade:
    """The side whose confirmation is awaited says no, with a reason."""
    require(trade, Step.DECLINE, act)
    why = CloseReason.DECLINED_BY_BUYER if act.by is By.BUYER else CloseReason.DECLINED_BY_SELLER
    return _close(trade, act, why, reason, EventKind.ORDER_DECLINED)


def _close(trade: Trade, act: Act, why: CloseReason, reason: str, kind: EventKind) -> Trade:
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
    )
    trade = deadlines.void_all(trade, act).record(kind, act, facts={"reason": str(why)})
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
