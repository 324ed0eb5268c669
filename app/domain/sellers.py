"""Sellers: opening the service (SVC-1), the guarantee quota (SVC-2), and withdrawing the balance (PAY-8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from uuid import UUID

from app.domain import attachments
from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.happenings import Change, EventKind, Happening
from app.domain.ledger import WORLD, Entry, EntryKind, Move, receivable_account, sealed, seller_account
from app.domain.money import Money
from app.domain.policy import ExportMethod, Policy, WithdrawalRoute
from app.domain.records import Membership, Seller, ServiceStatus
from app.domain.recoveries import taken
from app.domain.remedies import Collection, Recovery
from app.domain.trade import Act

FIELD_LONGEST = 500
REASON_LONGEST = 1_000


@unique
class ApplicationStatus(StrEnum):
    """What became of an application for the service."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a FREE member says of their enterprise."""

    registered_name: str
    registration_number: str
    country: str
    address: str
    legal_representative: str


@dataclass(frozen=True, slots=True)
class Application:
    """An application for the trade-assurance service, and its decision."""

    id: UUID
    seller_id: UUID
    status: ApplicationStatus
    registered_name: str
    registration_number: str
    country: str
    address: str
    legal_representative: str
    submitted_by: UUID
    submitted_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    reason: str | None = None


def record(
    seller: Seller, act: Act, kind: EventKind, changes: tuple[Change, ...] = (), facts: dict[str, str] | None = None
) -> tuple[Seller, Happening]:
    """The seller one version on, with the event that says why."""
    version = seller.version + 1
    happening = Happening(
        kind=kind,
        version=version,
        at=act.now,
        by=act.by,
        by_account_id=act.account_id,
        seller_id=seller.id,
        salesperson_id=None,
        buyer_id=None,
        changes=changes,
        facts=facts or {},
    )
    return replace(seller, version=version), happening


def apply(seller: Seller, act: Act, form: Verification | None) -> tuple[Seller, Application | None, Happening]:
    """A PAID member is active at once; a FREE member's verification waits for an operator (SVC-1)."""
    if seller.service is ServiceStatus.ACTIVE:
        raise Refusal(ErrorCode.SERVICE_ALREADY_ACTIVE, "The trade-assurance service is active already.")
    if seller.service is ServiceStatus.PENDING:
        raise Refusal(ErrorCode.APPLICATION_PENDING, "Your application is being reviewed; wait for its result.")
    if seller.membership is Membership.PAID:
        active = replace(seller, service=ServiceStatus.ACTIVE)
        active, happening = record(active, act, EventKind.SERVICE_ACTIVATED)
        return active, None, happening
    if form is None:
        raise Refusal(ErrorCode.REQUIRED, "A FREE member sends the verification of the enterprise.", ("verification",))
    _check(form)
    application = Application(
        id=act.mint.id(),
        seller_id=seller.id,
        status=ApplicationStatus.PENDING,
        registered_name=form.registered_name,
        registration_number=form.registration_number,
        country=form.country,
        address=form.address,
        legal_representative=form.legal_representative,
        submitted_by=act.account_id or seller.id,
        submitted_at=act.now,
    )
    pending = replace(seller, service=ServiceStatus.PENDING)
    pending, happening = record(pending, act, EventKind.APPLICATION_SUBMITTED)
    return pending, application, happening


def _check(form: Verification) -> None:
    fields = {
        "registeredName": form.registered_name,
        "registrationNumber": form.registration_number,
        "address": form.address,
        "legalRepresentative": form.legal_representative,
    }
    refuse_all(
        [
            Refusal(ErrorCode.REQUIRED, f"From 1 to {FIELD_LONGEST} characters.", ("verification", name))
            for name, value in fields.items()
            if not 0 < len(value.strip()) <= FIELD_LONGEST
        ]
    )


def decide(
    seller: Seller, application: Application, act: Act, approve: bool, reason: str
) -> tuple[Seller, Application, Happening]:
    """An operator approves or rejects an application, with a reason."""
    if application.status is not ApplicationStatus.PENDING:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "This application has been decided.", ("applicationId",))
    _check_reason(reason)
    decided = replace(
        application,
        status=ApplicationStatus.APPROVED if approve else ApplicationStatus.REJECTED,
        decided_by=act.account_id,
        decided_at=act.now,
        reason=reason,
    )
    after = replace(seller, service=ServiceStatus.ACTIVE if approve else ServiceStatus.INACTIVE)
    facts = {"approved": "yes" if approve else "no"}
    after, happening = record(after, act, EventKind.APPLICATION_DECIDED, facts=facts)
    return after, decided, happening


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= REASON_LONGEST:
        raise Refusal(ErrorCode.REQUIRED, f"Give a reason of 1 to {REASON_LONGEST} characters.", ("reason",))


def set_quota(seller: Seller, act: Act, limit: int, reason: str) -> tuple[Seller, Happening]:
    """An operator sets the limit of a seller's guarantee quota, in USD cents (SVC-2)."""
    if limit < 0:
        raise Refusal(ErrorCode.OUT_OF_RANGE, "A quota is 0 or more.", ("limit",))
    _check_reason(reason)
    change = Change("quotaLimit", str(Money(seller.quota_limit, "USD")), str(Money(limit, "USD")))
    return record(replace(seller, quota_limit=limit), act, EventKind.QUOTA_CHANGED, (change,))


def set_desk(seller: Seller, act: Act, sales_see_all: bool) -> tuple[Seller, tuple[Happening, ...]]:
    """The owner sets whether sales see all orders of the company, or those assigned to them (DSK-3)."""
    if sales_see_all is seller.sales_see_all:
        return seller, ()
    change = Change("salesSeeAll", _yes(seller.sales_see_all), _yes(sales_see_all))
    seller, happening = record(
        replace(seller, sales_see_all=sales_see_all), act, EventKind.DESK_SETTINGS_CHANGED, (change,)
    )
    return seller, (happening,)


def _yes(said: bool) -> str:
    return "yes" if said else "no"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Money that left a seller's balance for their bank."""

    id: UUID
    seller_id: UUID
    amount: int
    currency: str
    route: str
    requested_by: UUID
    at: datetime
    entry_id: UUID


def documents(
    application: Application, act: Act, offered: Sequence[Attachment], file_ids: Sequence[UUID]
) -> list[Attachment]:
    """The uploaded files that verify an application, as its own from now on (SVC-1)."""
    if len(file_ids) > attachments.AT_ONCE_MOST:
        message = f"At most {attachments.AT_ONCE_MOST} documents verify an enterprise."
        raise Refusal(ErrorCode.TOO_MANY, message, ("documents",))
    used = []
    for at, file_id in enumerate(dict.fromkeys(file_ids)):
        file = attachments.offered(offered, act, file_id, AttachmentPurpose.VERIFICATION, ("documents", at))
        used.append(replace(file, seller_id=application.seller_id, about=application.id))
    return used


def route_of(policy: Policy, methods: Sequence[ExportMethod], wanted: WithdrawalRoute | None) -> WithdrawalRoute:
    """To whose account a balance is withdrawn: a route that the export methods of the seller's orders lead to (PAY-8).

    A balance is not kept apart by export method, so where several routes are open the seller names one of them.
    """
    # money that no order brought, such as a correction, is the company's own
    used = methods or [ExportMethod.SELF_OPERATED]
    open_ = {policy.withdrawal_routes[method] for method in used}
    if wanted is None and len(open_) == 1:
        return next(iter(open_))
    if wanted is None or wanted not in open_:
        named = " or ".join(sorted(open_))
        code = ErrorCode.REQUIRED if wanted is None else ErrorCode.INVALID
        message = f"The export methods of your released orders lead to {named}; name the route."
        raise Refusal(code, message, ("route",), {"routes": " ".join(sorted(open_))})
    return wanted


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a seller's own chain of entries ends."""

    sequence: int = 0
    hash: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal with the entries it makes, and what of the seller's debts was collected first (section 15)."""

    seller: Seller
    withdrawal: Withdrawal
    entries: tuple[Entry, ...]
    recoveries: tuple[Recovery, ...]
    collections: tuple[Collection, ...]
    happenings: tuple[Happening, ...]


def withdraw(
    seller: Seller,
    act: Act,
    balance: int,
    owed: tuple[Recovery, ...],
    amount: int,
    currency: str,
    route: str,
    tail: Tail,
) -> Withdrawn:
    """The seller withdraws, never beyond the balance; what is owed in that currency is collected first (PAY-8)."""
    _check_withdrawal(balance, sum(recovery.owed for recovery in owed), amount, currency)
    account, owes = seller_account(seller.id), receivable_account(seller.id)
    entries, collections, happenings = list[Entry](), list[Collection](), list[Happening]()
    for recovery in owed:
        part = recovery.owed
        move = Move(account, owes, part, currency)
        entries.append(_entry(seller, act, EntryKind.RECOVERY_COLLECTED, recovery.id, move, tail))
        tail = Tail(entries[-1].sequence, entries[-1].hash)
        collections.append(Collection(act.mint.id(), recovery.id, None, part, currency, act.now))
        told = {
            "recovery": f"rcv_{recovery.id.hex}",
            "amount": str(Money(part, currency)),
            "cause": str(recovery.cause),
        }
        seller, happening = record(seller, act, EventKind.RECOVERY_COLLECTED, facts=told)
        happenings.append(happening)
    withdrawal_id = act.mint.id()
    entry = _entry(seller, act, EntryKind.WITHDRAWAL, withdrawal_id, Move(account, WORLD, amount, currency), tail)
    withdrawal = Withdrawal(
        withdrawal_id, seller.id, amount, currency, route, act.account_id or seller.id, act.now, entry.id
    )
    facts = {"amount": str(Money(amount, currency)), "route": route}
    seller, happening = record(seller, act, EventKind.WITHDRAWAL_MADE, facts=facts)
    return Withdrawn(
        seller=seller,
        withdrawal=withdrawal,
        entries=(*entries, entry),
        recoveries=tuple(taken(recovery, recovery.owed) for recovery in owed),
        collections=tuple(collections),
        happenings=(*happenings, happening),
    )


def _check_withdrawal(balance: int, debt: int, amount: int, currency: str) -> None:
    if amount <= 0:
        raise Refusal(ErrorCode.OUT_OF_RANGE, "Withdraw more than 0.", ("amount",))
    if amount <= balance - debt:
        return
    message = f"The balance is {Money(balance, currency)}"
    raise Refusal(
        ErrorCode.BALANCE_TOO_SMALL,
        f"{message}, and {Money(debt, currency)} of it is owed to the platform." if debt else f"{message}.",
        ("amount",),
        {"balance": str(Money(balance, currency)), "owed": str(Money(debt, currency))},
    )


def _entry(seller: Seller, act: Act, kind: EntryKind, cause: UUID, move: Move, tail: Tail) -> Entry:
    """An entry of the seller's own chain."""
    return sealed(
        Entry(
            id=act.mint.id(),
            order_id=None,
            seller_id=seller.id,
            sequence=tail.sequence + 1,
            kind=kind,
            cause=cause,
            at=act.now,
            moves=(move,),
            previous_hash=tail.hash,
        )
    )
