"""What an order's export method asks of it, as clients see it (FEE-3)."""

from dataclasses import dataclass
from uuid import UUID

import strawberry
from sqlalchemy import and_, func, select

from app import reads
from app.db import tables as t
from app.domain.exports import (
    MANNERS,
    Acknowledgement,
    DispatchMethod,
    ExportFacts,
    Requirement,
    SupervisionType,
    asked_of,
)
from app.domain.goods import AttachmentPurpose
from app.domain.policy import ExportMethod, WithdrawalRoute
from app.reads import NOW, as_enum, count_of
from app.schema.enums import described

described(
    DispatchMethod,
    "DispatchMethod",
    "How the goods are declared when they leave.",
    """
    OWN_DECLARATION: The seller declares them under the company's own customs title.
    PARTNER_DECLARATION: They are declared under the customs title of a partner, the platform's or the seller's.
    AGENT_CONSIGNMENT: The seller drafts a consignment order at Yidatong, which declares them, and links it.
    FREE_CHOICE: The seller chooses how they are declared, and proves each shipment.
    """,
)
described(
    SupervisionType,
    "SupervisionType",
    "Under which supervision type customs clear goods.",
    """
    GENERAL_TRADE: The ordinary one, of a company that trades.
    MARKET_PROCUREMENT: The one of goods bought at a market; it knows no fast export.
    """,
)
described(
    Requirement,
    "ExportRequirementKind",
    "Something that an export method asks of an order.",
    """
    SHIPMENT_PROOF: A proof of each shipment: `shipmentAttachProof`.
    CONSIGNMENT_ORDER: A linked consignment order before dispatch: `consignmentLink`.
    PARTNER_TITLE: The partner under whose customs title the goods leave, named in the contract.
    PRODUCT_REVIEW: Products that passed the agent's review, on every line that names one.
    """,
)


@strawberry.type(description="Something that the export method asks of an order, met or missing.")
class ExportRequirement:
    """Something that the export method asks of an order."""

    kind: Requirement = strawberry.field(description="What is asked for.")
    met: bool = strawberry.field(description="Whether it is there.")
    lacking: list[strawberry.ID] = strawberry.field(description="The lines or shipments that still lack it.")


@strawberry.type(description="What an order's export method asks of it, and what follows from it.")
class ExportRequirements:
    """What an order's export method asks of it."""

    method: ExportMethod = strawberry.field(description="The export method.")
    dispatch_method: DispatchMethod = strawberry.field(description="How the goods are declared.")
    supervision_type: SupervisionType | None = strawberry.field(
        description="The supervision type that customs must clear them under; null: as they are declared."
    )
    withdrawal_route: WithdrawalRoute = strawberry.field(description="To whose account the money is withdrawn.")
    requirements: list[ExportRequirement] = strawberry.field(description="What is asked for, met or missing.")


@dataclass(frozen=True)
class Row:
    """A line or a shipment that lacks something."""

    id: UUID


@dataclass(frozen=True)
class OrderExport:
    """What the requirements are computed from."""

    method: ExportMethod | None
    route: str | None
    customs_title: str | None
    shipments: int
    consignments: int
    unreviewed: list[Row]
    unproven: list[Row]


def export_requirements(facts: OrderExport) -> ExportRequirements | None:
    """The requirements of the export method, judged by the domain."""
    if facts.method is None or facts.route is None:
        return None
    manner = MANNERS[facts.method]
    judged = ExportFacts(
        customs_title=facts.customs_title,
        unreviewed=[row.id for row in facts.unreviewed],
        shipments=facts.shipments,
        unproven=[row.id for row in facts.unproven],
        consignments=facts.consignments,
    )
    return ExportRequirements(
        method=facts.method,
        dispatch_method=manner.dispatch,
        supervision_type=manner.supervision,
        withdrawal_route=WithdrawalRoute(facts.route),
        requirements=[
            ExportRequirement(kind=one.requirement, met=one.met, lacking=[strawberry.ID(id) for id in one.lacking])
            for one in asked_of(facts.method, judged)
        ],
    )


def acknowledgements(codes: list[str]) -> list[Acknowledgement]:
    """What was acknowledged."""
    return [Acknowledgement(code) for code in codes]


_later = t.policies.alias()
_in_force = (
    select(_later.c.id).where(_later.c.effective_at <= NOW).order_by(_later.c.effective_at.desc()).limit(1)
).scalar_subquery()
_reviewed = select(1).where(t.products.c.id == t.items.c.product_id, t.products.c.agency_reviewed).exists()
_proof = (
    select(1)
    .where(t.attachments.c.about == t.shipments.c.id, t.attachments.c.purpose == AttachmentPurpose.PROOF.value)
    .exists()
)
EXPORT = reads.record(
    OrderExport,
    method=as_enum(ExportMethod, t.orders.c.export_method),
    route=select(t.policies.c.document["withdrawal_routes"].op("->>")(t.orders.c.export_method))
    .where(t.policies.c.id == func.coalesce(t.orders.c.policy_id, _in_force))
    .scalar_subquery(),
    customs_title=t.orders.c.customs_title,
    shipments=count_of(t.shipments.c.order_id == t.orders.c.id),
    consignments=count_of(t.consignments.c.order_id == t.orders.c.id),
    unreviewed=reads.rows(
        Row,
        and_(t.items.c.order_id == t.orders.c.id, t.items.c.product_id.is_not(None), ~_reviewed),
        t.items.c.position,
        id=t.items.c.id,
    ),
    unproven=reads.rows(
        Row,
        and_(t.shipments.c.order_id == t.orders.c.id, ~_proof),
        t.shipments.c.position,
        id=t.shipments.c.id,
    ),
)
