"""An order as it stood at a past instant, as clients see it."""

from datetime import datetime

import strawberry

from app.domain.access import SELLER_FINANCE, By, Role
from app.domain.lifecycle import Stage
from app.domain.money import Money as Amount
from app.domain.past import Past, Stood
from app.domain.proof import Sums
from app.domain.records import DeadlineKind, DeadlineStatus, Status
from app.domain.remedies import ClaimStatus
from app.schema.funds import FundsStatus
from app.schema.money import Money, money_of


@strawberry.type(description="Something of the past that is not kept.")
class NotKept:
    """Something of the past that is not kept."""

    field: str = strawberry.field(description="The field that is null because of it.")
    reason: str = strawberry.field(description="Why it is not kept.")


@strawberry.type(description="The money of an order at a past instant, derived from its ledger.")
class FundsAsOf:
    """The money of an order at a past instant."""

    status: FundsStatus | None = strawberry.field(description="How much had come in or gone back.")
    agreed_total: Money | None = strawberry.field(description="What was agreed, or so far written.")
    received: Money | None = strawberry.field(description="What the buyer had paid and counted.")
    refunded: Money | None = strawberry.field(description="What had gone back to the buyer.")
    coupon_posted: Money | None = strawberry.field(description="What a platform coupon had paid.")
    coupon_returned: Money | None = strawberry.field(description="What of it had gone back to the platform.")
    released: Money | None = strawberry.field(
        description="What had been released to the seller; null for whom it is hidden."
    )
    fee_charged: Money | None = strawberry.field(
        description="What of the fee had been charged; null for whom it is hidden."
    )


@strawberry.type(description="A deadline as it stood at a past instant.")
class DeadlineAsOf:
    """A deadline as it stood at a past instant."""

    kind: DeadlineKind = strawberry.field(description="Which deadline.")
    due_at: datetime = strawberry.field(description="Its last good second, as it was then.")
    status: DeadlineStatus | None = strawberry.field(description="What had become of it; null if that is not kept.")
    rule: str = strawberry.field(description="The rule it follows from.")


@strawberry.type(description="An order as it stood at a past instant. What is not kept is null and named in `notKept`.")
class OrderAsOf:
    """An order as it stood at a past instant."""

    at: datetime = strawberry.field(description="The instant.")
    status: Status | None = strawberry.field(description="Where it stood.")
    awaiting: By | None = strawberry.field(description="Whose confirmation was awaited.")
    stage: Stage | None = strawberry.field(description="The stage shown to people.")
    overdue: bool | None = strawberry.field(description="Whether the dispatch deadline had passed unmet.")
    overdue_since: datetime | None = strawberry.field(
        description="The last good second of the dispatch deadline that had passed."
    )
    dispatched_late: bool | None = strawberry.field(description="Whether everything had been dispatched, but late.")
    delivery_overdue: bool | None = strawberry.field(description="Whether the promised delivery had been missed.")
    delivery_overdue_since: datetime | None = strawberry.field(
        description="The last good second of the promise that had been missed."
    )
    dispute_open: bool = strawberry.field(description="Whether a dispute was open.")
    claim_status: ClaimStatus | None = strawberry.field(
        description="Where its claim stood; null while there was none, and for a token that may not read claims."
    )
    funds: FundsAsOf = strawberry.field(description="Its money, from the ledger.")
    deadlines: list[DeadlineAsOf] | None = strawberry.field(
        description="The deadlines that had been set, with what had become of each."
    )
    not_kept: list[NotKept] = strawberry.field(description="What is null because it is not kept, and why.")


def order_as_of(past: Past, role: Role, currency: str) -> OrderAsOf:
    """A past as a role sees it (section 13)."""
    known = past.status is not None
    return OrderAsOf(
        at=past.at,
        status=past.status,
        awaiting=past.awaiting,
        stage=past.stage,
        overdue=past.overdue_since is not None if known else None,
        overdue_since=past.overdue_since,
        dispatched_late=past.dispatched_late,
        delivery_overdue=past.delivery_overdue_since is not None if known else None,
        delivery_overdue_since=past.delivery_overdue_since,
        dispute_open=past.dispute_open,
        claim_status=past.claim,
        funds=_funds(past, role, currency),
        deadlines=None if past.deadlines is None else [_deadline(row) for row in past.deadlines if _shows(row, role)],
        not_kept=[NotKept(field=missing.field, reason=missing.reason) for missing in past.not_kept],
    )


def _shows(row: Stood, role: Role) -> bool:
    """What a seller owes is between them and the platform."""
    return row.kind is not DeadlineKind.RECOVERY or role in SELLER_FINANCE


def _deadline(row: Stood) -> DeadlineAsOf:
    return DeadlineAsOf(kind=row.kind, due_at=row.due_at, status=row.status, rule=row.rule)


def _funds(past: Past, role: Role, currency: str) -> FundsAsOf:
    def shown(minor: int) -> Money:
        return money_of(Amount(minor, currency))

    sums = past.sums
    return FundsAsOf(
        status=None if past.total is None else _status(sums, past.total.minor),
        agreed_total=None if past.total is None else money_of(past.total),
        received=shown(sums.received),
        refunded=shown(sums.refunded),
        coupon_posted=shown(sums.coupon_posted),
        coupon_returned=shown(sums.coupon_returned),
        released=shown(sums.released) if role in SELLER_FINANCE else None,
        fee_charged=None if role is Role.BUYER else shown(sums.fee_charged),
    )


def _status(sums: Sums, total: int) -> FundsStatus:
    """How much of the money was where (PAY-1), as the funds card says it of the present."""
    if sums.coupon_returned:
        return FundsStatus.REFUNDED
    if sums.refunded:
        return FundsStatus.REFUNDED if sums.refunded >= sums.received else FundsStatus.PARTIALLY_REFUNDED
    if not (sums.received or sums.coupon_posted):
        return FundsStatus.UNPAID
    return FundsStatus.PARTIALLY_RECEIVED if sums.received + sums.coupon_posted < total else FundsStatus.FULLY_RECEIVED
