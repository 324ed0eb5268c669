"""The domain's enums as GraphQL enums, each value with what it means."""

from enum import Enum
from typing import Any

import strawberry

from app.domain import access, happenings, ledger, lifecycle, policy, records, sellers
from app.domain.errors import ErrorCode


def described(kind: type[Enum], name: str, about: str, values: str = "") -> None:
    """Declare an enum with the descriptions in `values`, one `NAME: text` a line; others say their name in words."""
    strawberry.enum(kind, name=name, description=about)
    texts = dict(line.strip().split(": ", 1) for line in values.strip().splitlines())
    definition: Any = kind.__strawberry_definition__  # type: ignore[attr-defined]
    unknown = set(texts) - {value.name for value in definition.values}
    if unknown:
        raise TypeError(f"{name} has no {', '.join(sorted(unknown))}")
    for value in definition.values:
        value.description = texts.get(value.name) or f"{value.name.capitalize().replace('_', ' ')}."


described(
    records.Status,
    "OrderStatus",
    "Where an order stands. Overdue is a flag beside it.",
    """
    DRAFT: Being written; only its drafter sees it.
    PENDING_CONFIRMATION: Offered; awaits the side named in `awaiting`.
    PENDING_PAYMENT: Agreed; waits for the money its dispatch term names.
    PENDING_DISPATCH: The money is in; the goods must be dispatched by the dispatch deadline.
    PARTIALLY_DISPATCHED: Some of the goods are on their way.
    DISPATCHED: All of the goods are on their way.
    COMPLETED: Received; the money was released to the seller.
    CLOSED: Called off.
    """,
)
described(
    lifecycle.Stage,
    "OrderStage",
    "The stage shown to people.",
    """
    CONTRACT: The contract is being written or confirmed.
    PAYMENT: The buyer pays.
    SHIPMENT: The seller dispatches.
    RECEIVING: The goods are on their way.
    REVIEWS: The order is complete and may be reviewed.
    """,
)
described(
    access.By,
    "ActorKind",
    "What kind of actor did something, time included.",
    """
    BUYER: The order's buyer.
    SELLER: A member of the order's seller.
    OPERATOR: The platform's staff.
    PROVIDER: A payment provider or the bank feed.
    TRACKING: A source of tracking.
    TIME: A deadline that ran out.
    """,
)
described(
    access.Role,
    "Role",
    "In which role an account acts.",
    """
    BUYER: A buyer.
    OWNER: The owner of a seller.
    FINANCE: A finance member of a seller.
    SALES: A salesperson of a seller.
    OPERATOR: The platform's staff.
    """,
)
described(
    access.Scope,
    "TokenScope",
    "What an access token may be used for.",
    """
    ORDERS_READ: See orders and their events.
    ORDERS_WRITE: Act on orders.
    SHIPMENTS_WRITE: Dispatch goods and correct shipments.
    FINANCE_READ: See what owners and finance see.
    FINANCE_WRITE: Associate transfers and withdraw.
    """,
)
described(
    records.OrderType,
    "OrderType",
    "Who began the order.",
    """
    SELLER_DRAFT: The seller drafted it.
    START_ORDER: The buyer asked for it, and the seller completes it.
    """,
)
described(
    records.PaymentTerms,
    "PaymentTerms",
    "In how many instalments the agreed total is paid.",
    """
    FULL: In one payment.
    DEPOSIT_BALANCE: A deposit, then the balance.
    """,
)
described(
    records.DispatchTerm,
    "DispatchTermKind",
    "What the dispatch deadline is counted from.",
    """
    DAYS_AFTER_DEPOSIT: Calendar days after the first instalment counted.
    DAYS_AFTER_FULL_PAYMENT: Calendar days after everything counted.
    FIXED_DATE: The end of a fixed day of the platform's calendar.
    FIXED_INSTANT: A fixed second.
    """,
)
described(
    records.GuaranteeMethod,
    "GuaranteeMethod",
    "How long the seller's quota guarantees the order.",
    """
    NONE: No guarantee clauses; no quota is occupied.
    UNTIL_DISPATCH: Until everything is dispatched.
    UNTIL_RECEIPT: Until the goods are received.
    """,
)
described(
    records.Incoterm,
    "Incoterm",
    "A rule of Incoterms 2020.",
    """
    EXW: Ex Works.
    FCA: Free Carrier.
    CPT: Carriage Paid To.
    CIP: Carriage and Insurance Paid To.
    DAP: Delivered at Place.
    DPU: Delivered at Place Unloaded.
    DDP: Delivered Duty Paid.
    FAS: Free Alongside Ship.
    FOB: Free on Board.
    CFR: Cost and Freight.
    CIF: Cost, Insurance and Freight.
    """,
)
described(records.InstalmentKind, "InstalmentKind", "Which part of the agreed total an instalment is.")
described(
    records.CloseReason,
    "CloseReason",
    "Why an order was closed.",
)
described(
    records.DeadlineKind,
    "DeadlineKind",
    "What a deadline is for.",
    """
    DISPATCH: The goods must be dispatched; if not, the order turns overdue.
    AUTO_RECEIPT: The buyer confirms receipt; if not, the goods count as received.
    APPROACH: The announcement that another deadline comes near.
    TRANSFER_WAITING: A transfer must be associated; if not, both sides and the operators are told.
    """,
)
described(
    records.DeadlineStatus,
    "DeadlineStatus",
    "What became of a deadline.",
    """
    RUNNING: Time runs.
    MET: What it asked for was done in time, or is no longer awaited.
    LAPSED: It ran out.
    MOVED: An amendment put another in its place.
    VOID: It no longer applies.
    """,
)
described(
    records.AmendmentStatus,
    "AmendmentStatus",
    "What became of an amendment.",
    """
    PROPOSED: Waits for the buyer's answer.
    CONFIRMED: In force since the buyer confirmed it.
    DECLINED: The buyer said no.
    WITHDRAWN: The seller took it back.
    LAPSED: The order was dispatched in full, or closed, before an answer.
    """,
)
described(records.TrackingKind, "TrackingKind", "What happened to a shipment.")
described(
    records.ServiceStatus,
    "ServiceStatus",
    "Whether a seller may make assured orders.",
    """
    INACTIVE: Not applied, or rejected.
    PENDING: An application is being reviewed.
    ACTIVE: The service is open.
    """,
)
described(records.Membership, "Membership", "What kind of member of the platform a seller is.")
described(policy.TransportMode, "TransportMode", "How the goods travel.")
described(
    policy.ExportMethod,
    "ExportMethod",
    "Under whose customs title the goods leave.",
    """
    SELF_OPERATED: The seller's own title.
    MARKET_PROCUREMENT: A partner's title, under market procurement supervision; not on offer yet.
    YIDATONG_AGENCY: The Yidatong agency's title; not on offer yet.
    EASY_DISPATCH: Any title, with proof of dispatch, up to an amount.
    """,
)
described(
    policy.Logistics,
    "Logistics",
    "Whose logistics carry the goods.",
    """
    PLATFORM: The platform's.
    OWN: The seller's own.
    """,
)
described(
    policy.PaymentMethod,
    "PaymentMethod",
    "How a buyer pays.",
    """
    TT: A bank transfer to one of the order's collection accounts.
    E_CHECKING: A cheque drawn electronically on a US bank account.
    BOLETO: A boleto, for buyers in Brazil.
    """,
)
described(
    policy.WithdrawalRoute,
    "WithdrawalRoute",
    "To whose account a balance is withdrawn.",
    """
    COMPANY: The seller's own company.
    AGENT: The export agent.
    PARTNER: The export partner.
    """,
)
described(
    sellers.ApplicationStatus,
    "ApplicationStatus",
    "What became of an application for the service.",
    """
    PENDING: Waits for an operator.
    APPROVED: The service is open.
    REJECTED: Not opened; see the reason.
    """,
)
described(ledger.EntryKind, "EntryKind", "What a ledger entry records.")
described(lifecycle.Step, "OrderStep", "Something that can be done to an order.")
described(happenings.Subject, "EventSubject", "What an event is about; versions count per subject.")
described(
    happenings.EventKind,
    "EventKind",
    "What happened. New kinds may come: treat one you do not know as a sign to look at its subject again.",
    """
    ORDER_REVISED: An offer was taken back by its side.
    QUOTA_SHORT: A confirmation failed because the seller's quota no longer sufficed.
    PAYMENT_STARTED: The buyer started a payment; no money moved.
    RECEIPT_RECORDED: A payment provider stated that money arrived.
    TRANSFER_LANDED: A bank transfer arrived and waits to be associated.
    TRANSFER_WAITING: A transfer has waited too long to be associated.
    FUNDS_ASSOCIATED: A transfer was associated with the order and counts.
    FUNDS_HELD: Money that does not count is held beside the order.
    HELD_COUNTED: Money that was held counts now.
    HELD_REFUNDED: Money that was held went back to its payer.
    DEADLINE_SET: A deadline was set.
    DEADLINE_MOVED: An amendment moved a deadline.
    DEADLINE_APPROACHING: A deadline comes near.
    OVERDUE_RAISED: The dispatch deadline passed with goods left to dispatch.
    OVERDUE_CLEARED: The order is no longer overdue.
    """,
)
described(
    ErrorCode,
    "ErrorCode",
    "Why a request was refused.",
    """
    UNAUTHENTICATED: A bearer token is needed.
    INVALID: A value that cannot be used.
    REQUIRED: Something is missing.
    NOT_FOUND: It does not exist, or you may not see it.
    FORBIDDEN: Another party or role does this.
    SCOPE_MISSING: The access token lacks a scope.
    VERSION_CONFLICT: The object changed since the version you named.
    STEP_NOT_ALLOWED: Not in this state.
    GUARANTEE_UNAVAILABLE: The seller cannot guarantee the order at present.
    CURSOR_INVALID: The cursor is not one of this list's.
    CURSOR_EXPIRED: The cursor is older than what is still served; begin with a snapshot.
    CURSOR_UNKNOWN: The cursor names an event that is not there; begin with a snapshot.
    """,
)
