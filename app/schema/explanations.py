"""How each amount and date of an order comes about, as clients see it."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

import strawberry
from sqlalchemy import and_, case, literal
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain import explanations
from app.domain.access import Role, Viewer
from app.domain.explanations import AUDIENCES, Explained, Figures
from app.domain.goods import TransitUnit
from app.domain.policy import ExportMethod, Logistics
from app.domain.records import DeadlineKind, DeadlineStatus
from app.reads import as_enum
from app.schema.claims import ClockFact
from app.schema.enums import described
from app.schema.facts import Fact, facts_of
from app.schema.funds import PolicyFact, pinned_policy

described(
    Explained,
    "Explained",
    "What an explanation is of.",
    """
    AGREED_TOTAL: The agreed total.
    COUPON_OFFSET: What a platform coupon pays of it.
    BUYER_PAYABLE: What the buyer pays of it.
    FEE_CAP: The most that the transaction fee can be.
    FEE: The transaction fee.
    COMPENSATION: The coupon that a broken promise would bring.
    PROMISED_DATE: The date by which delivery is promised.
    """,
)


@strawberry.type(description="How an amount or a date comes about: its rule, what it is computed from, the arithmetic.")
class Explanation:
    """How an amount or a date comes about."""

    of: Explained = strawberry.field(description="What is explained.")
    rule: str = strawberry.field(description="The rule it follows from.")
    policy_version: ID | None = strawberry.field(
        description="The policy version pinned to the order; null before it is agreed, while the one in force counts."
    )
    inputs: list[Fact] = strawberry.field(description="What it is computed from.")
    arithmetic: str = strawberry.field(description="The computation, such as `551.23 - 30.00 = 521.23 USD`.")


@dataclass(frozen=True)
class Worth:
    """What the coupon applied to the order is worth in itself."""

    amount: int


@dataclass(frozen=True)
class FigureFacts:
    """What explanations are made from, as the read statement brings it."""

    currency: str
    products: int
    shipping_fee: int
    shipping_discount: int
    store_coupon: int
    total: int
    coupon: int
    refunded_before: int
    export_method: ExportMethod | None
    logistics: Logistics
    fee: int | None
    fee_rate: Decimal | None
    fee_cap: int | None
    usd_rate: Decimal | None
    promised_at: datetime | None
    transit_max: int | None
    transit_unit: TransitUnit | None
    confirmed_at: datetime | None
    applied: Worth | None
    dispatch: ClockFact | None
    pinned: PolicyFact | None


_SHARED = {field.name for field in fields(Figures)} & {field.name for field in fields(FigureFacts)}


def explained(facts: FigureFacts, viewer: Viewer | None) -> list[Explanation]:
    """What of an order its viewer may have explained (section 13)."""
    if viewer is None:
        return []
    agreed = facts.pinned is not None and facts.confirmed_at is not None
    figures = Figures(
        **{name: getattr(facts, name) for name in _SHARED},
        coupon_worth=None if facts.applied is None else facts.applied.amount,
        dispatch_due=None if facts.dispatch is None else facts.dispatch.due_at,
        policy=pinned_policy(facts.pinned, facts.confirmed_at) if agreed else None,  # type: ignore[arg-type]
    )
    return shown(figures, viewer.role)


def shown(figures: Figures, role: Role) -> list[Explanation]:
    """The explanations that a role may see."""
    return [
        Explanation(
            of=each.of,
            rule=each.rule,
            policy_version=None if each.policy is None else ID(f"pol_{each.policy.hex}"),
            inputs=facts_of(dict(each.inputs)),
            arithmetic=each.arithmetic,
        )
        for each in explanations.explain(figures)
        if role in AUDIENCES[each.of]
    ]


_o, _d = t.orders.c, t.deadlines.c
_IN_FORCE = (DeadlineStatus.RUNNING, DeadlineStatus.WAITING, DeadlineStatus.LAPSED, DeadlineStatus.MET)
FIGURES = reads.record(
    FigureFacts,
    currency=_o.currency,
    products=_o.products,
    shipping_fee=_o.shipping_fee,
    shipping_discount=_o.shipping_discount,
    store_coupon=_o.store_coupon,
    total=_o.total,
    coupon=_o.coupon,
    refunded_before=case((_o.released > 0, _o.refunded - _o.refunded_after), else_=literal(0)),
    export_method=as_enum(ExportMethod, _o.export_method),
    logistics=as_enum(Logistics, _o.logistics),
    fee=_o.fee,
    fee_rate=_o.fee_rate,
    fee_cap=_o.fee_cap,
    usd_rate=_o.usd_rate,
    promised_at=_o.promised_at,
    transit_max=_o.transit_max,
    transit_unit=as_enum(TransitUnit, _o.transit_unit),
    confirmed_at=_o.confirmed_at,
    applied=reads.row(Worth, t.coupons.c.id == _o.coupon_id, amount=t.coupons.c.amount),
    dispatch=reads.row(
        ClockFact,
        and_(
            _d.order_id == _o.id,
            _d.kind == DeadlineKind.DISPATCH.value,
            _d.status.in_([status.value for status in _IN_FORCE]),
        ),
        _d.id,
        due_at=_d.due_at,
    ),
    pinned=reads.row(PolicyFact, t.policies.c.id == _o.policy_id, id=t.policies.c.id, document=t.policies.c.document),
)
