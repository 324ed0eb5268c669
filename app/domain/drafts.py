"""Drafts: what a seller offers or a buyer asks for before anybody else sees it (ORD-1, ORD-2, ORD-8)."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from app.domain import attachments, buying, contract
from app.domain.access import By, plain_email
from app.domain.buying import Purchase
from app.domain.costs import with_fee
from app.domain.errors import ErrorCode, Refusal
from app.domain.fees import Rates
from app.domain.goods import Attachment, Lane, Product
from app.domain.happenings import EventKind
from app.domain.lifecycle import Step
from app.domain.policy import Policy
from app.domain.records import (
    Contact,
    Invitation,
    Order,
    OrderType,
    Seller,
    ServiceStatus,
    Status,
)
from app.domain.steps import require
from app.domain.trade import Act, Trade

INVITATIONS_MOST = 20


def blank(act: Act, seller: Seller, policy: Policy, rates: Rates) -> Trade:
    """An empty draft of whoever acts; a buyer's is a request to a seller (ORD-1)."""
    buyer = act.by is By.BUYER
    order_id = act.mint.id()
    order = Order(
        id=order_id,
        type=OrderType.START_ORDER if buyer else OrderType.SELLER_DRAFT,
        drafted_by=act.by,
        seller_id=seller.id,
        buyer_id=act.account_id if buyer else None,
        currency="USD",
        created_at=act.now,
        updated_at=act.now,
    )
    email = plain_email(act.actor.email) if buyer and act.actor is not None else None
    return Trade(order, Contact(act.mint.id(), order_id, 0, email=email), seller, policy, rates)


def draft(
    act: Act,
    seller: Seller,
    policy: Policy,
    rates: Rates,
    patch: contract.Patch,
    products: Mapping[UUID, Product] | None = None,
    files: tuple[Attachment, ...] = (),
    lanes: Mapping[UUID, Lane] | None = None,
) -> Trade:
    """A new draft with what its drafter has written so far.

    `products` and `lanes` are those it may name, `files` those that are offered to it.
    """
    _require_active(seller, act)
    trade = blank(act, seller, policy, rates)
    trade = replace(trade, products=products or {}, attachments=files, lanes=lanes or {})
    trade = contract.write(trade, buying.filled(trade, patch, act.by), act)
    if act.by is By.SELLER:
        trade = trade.change(salesperson_id=act.account_id)
    _own_email(trade, act)
    return attachments.told(_estimate(trade, act).record(EventKind.ORDER_DRAFTED, act), act, ())


def purchase(
    act: Act, seller: Seller, policy: Policy, rates: Rates, bought: Purchase, products: Mapping[UUID, Product]
) -> Trade:
    """The draft of what a buyer buys now, at the prices published; submitting it places it (ORD-1)."""
    _require_active(seller, act)
    currency = next((product.currency for product in products.values()), "USD")
    trade = replace(blank(act, seller, policy, rates), products=products)
    trade = trade.change(type=OrderType.BUY_NOW, lane_id=bought.lane_id)
    trade = contract.write(trade, buying.filled(trade, buying.terms(bought, currency), act.by), act)
    _own_email(trade, act)
    return trade.record(EventKind.ORDER_DRAFTED, act)


def delete(trade: Trade, act: Act) -> Trade:
    """Let go of a draft that was never submitted; only that it was is left."""
    require(trade, Step.DELETE, act)
    return trade.record(EventKind.DRAFT_DELETED, act)


def _require_active(seller: Seller, act: Act) -> None:
    if seller.service is not ServiceStatus.ACTIVE:
        raise Refusal(
            ErrorCode.SERVICE_NOT_ACTIVE,
            "This seller has not opened the trade-assurance service yet.",
            ("sellerId",) if act.by is By.BUYER else (),
        )


def edit(trade: Trade, act: Act, patch: contract.Patch) -> Trade:
    """The drafter writes on; a seller who received a request completes it, without touching where it goes (ORD-8)."""
    require(trade, Step.EDIT, act)
    completing = trade.order.status is Status.PENDING_CONFIRMATION
    if completing and (fixed := next((name for name in contract.CONTACT_FIELDS if name in patch), None)):
        raise Refusal(
            ErrorCode.FORBIDDEN, "Where the goods go is the buyer's to say; revise it with them.", ("contract", fixed)
        )
    before = trade
    trade = contract.write(trade, buying.filled(trade, patch, act.by), act)
    _own_email(trade, act)
    fields = contract.paths_of(name for name in patch if name not in contract.CONTACT_FIELDS)
    facts = {"fields": fields} if fields else {}
    if trade.contact.version != before.contact.version:
        facts["contactVersion"] = str(trade.contact.version)
    changes = contract.differences(before.order, trade.order)
    trade = _estimate(trade, act).record(EventKind.ORDER_EDITED, act, changes, facts)
    return attachments.told(trade, act, before.attachments)


def _own_email(trade: Trade, act: Act) -> None:
    """A buyer asks in their own name: the e-mail of their request is their account's."""
    if act.by is By.BUYER and act.actor is not None and trade.contact.email != plain_email(act.actor.email):
        raise Refusal(ErrorCode.INVALID, "Use the e-mail of your own account.", ("contract", "email"))


def _estimate(trade: Trade, act: Act) -> Trade:
    """The fee at today's policy, shown until confirmation pins it; none while it cannot be said."""
    try:
        return with_fee(trade, act)
    except Refusal:
        return trade.change(fee=None, fee_rate=None, fee_cap=None)


def match_buyer(trade: Trade, act: Act) -> Trade:
    """The draft's e-mail is resolved to a registered buyer, or an invitation is recorded (ORD-2)."""
    require(trade, Step.MATCH_BUYER, act)
    email = trade.contact.email
    if email is None:
        raise Refusal(ErrorCode.REQUIRED, "Write the buyer's e-mail on the draft first.", ("contract", "email"))
    buyer_id = trade.registered_buyer
    trade = trade.change(buyer_id=buyer_id)
    if buyer_id is None and all(invitation.email != email for invitation in trade.invitations):
        if len(trade.invitations) >= INVITATIONS_MOST:
            message = f"At most {INVITATIONS_MOST} people are invited to an order."
            raise Refusal(ErrorCode.TOO_MANY, message, ("contract", "email"))
        trade = trade.put("invitations", Invitation(act.mint.id(), trade.order.id, email, act.now))
    facts = {"registered": "yes" if buyer_id is not None else "no"}
    return trade.record(EventKind.BUYER_MATCHED, act, facts=facts)
