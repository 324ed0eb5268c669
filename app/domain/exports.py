"""What each export method asks of an order, and what is still missing (FEE-1, FEE-3, ORD-6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from uuid import UUID

from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import AttachmentPurpose
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import Order
from app.domain.trade import Trade


@unique
class Acknowledgement(StrEnum):
    """What a seller says to know when submitting (ORD-6)."""

    YIDATONG_EXPORT = "YIDATONG_EXPORT"
    NO_COLLECTION_ACCOUNT = "NO_COLLECTION_ACCOUNT"


_SAID = {
    Acknowledgement.YIDATONG_EXPORT: "this order must be exported through Yidatong",
    Acknowledgement.NO_COLLECTION_ACCOUNT: "the attached contract names no collection account",
}


@unique
class DispatchMethod(StrEnum):
    """How the goods are declared when they leave (FEE-3)."""

    OWN_DECLARATION = "OWN_DECLARATION"
    PARTNER_DECLARATION = "PARTNER_DECLARATION"
    AGENT_CONSIGNMENT = "AGENT_CONSIGNMENT"
    FREE_CHOICE = "FREE_CHOICE"


@unique
class SupervisionType(StrEnum):
    """Under which supervision type customs clears the goods (FEE-1)."""

    GENERAL_TRADE = "GENERAL_TRADE"
    MARKET_PROCUREMENT = "MARKET_PROCUREMENT"


@unique
class Requirement(StrEnum):
    """Something that an export method asks of an order (FEE-3)."""

    SHIPMENT_PROOF = "SHIPMENT_PROOF"
    CONSIGNMENT_ORDER = "CONSIGNMENT_ORDER"
    PARTNER_TITLE = "PARTNER_TITLE"
    PRODUCT_REVIEW = "PRODUCT_REVIEW"


@dataclass(frozen=True, slots=True)
class Manner:
    """How an export method works: the declaration, its supervision type (None: as declared), and what it asks for."""

    dispatch: DispatchMethod
    supervision: SupervisionType | None = None
    asks: tuple[Requirement, ...] = ()


MANNERS: Mapping[ExportMethod, Manner] = {
    ExportMethod.SELF_OPERATED: Manner(DispatchMethod.OWN_DECLARATION),
    ExportMethod.MARKET_PROCUREMENT: Manner(
        DispatchMethod.PARTNER_DECLARATION, SupervisionType.MARKET_PROCUREMENT, (Requirement.PARTNER_TITLE,)
    ),
    ExportMethod.YIDATONG_AGENCY: Manner(
        DispatchMethod.AGENT_CONSIGNMENT,
        SupervisionType.GENERAL_TRADE,
        (Requirement.PRODUCT_REVIEW, Requirement.CONSIGNMENT_ORDER),
    ),
    ExportMethod.EASY_DISPATCH: Manner(DispatchMethod.FREE_CHOICE, None, (Requirement.SHIPMENT_PROOF,)),
}


@dataclass(frozen=True, slots=True)
class ExportFacts:
    """What an order's requirements are judged by: lines whose product is not reviewed, shipments without a proof."""

    customs_title: str | None
    unreviewed: Sequence[UUID]
    shipments: int
    unproven: Sequence[UUID]
    consignments: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement, whether it is met, and the public ids of the rows that lack it."""

    requirement: Requirement
    met: bool
    lacking: tuple[str, ...] = ()


def asked_of(method: ExportMethod, facts: ExportFacts) -> list[Asked]:
    """Everything that the export method asks of the order, met or missing (FEE-3)."""
    judged = {
        Requirement.PARTNER_TITLE: Asked(Requirement.PARTNER_TITLE, bool(facts.customs_title)),
        Requirement.CONSIGNMENT_ORDER: Asked(Requirement.CONSIGNMENT_ORDER, facts.consignments > 0),
        Requirement.PRODUCT_REVIEW: Asked(
            Requirement.PRODUCT_REVIEW, not facts.unreviewed, tuple(f"itm_{id.hex}" for id in facts.unreviewed)
        ),
        Requirement.SHIPMENT_PROOF: Asked(
            Requirement.SHIPMENT_PROOF,
            facts.shipments > 0 and not facts.unproven,
            tuple(f"shp_{id.hex}" for id in facts.unproven),
        ),
    }
    return [judged[requirement] for requirement in MANNERS[method].asks]


def facts_of(trade: Trade) -> ExportFacts:
    """What a trade's requirements are judged by; a line in words alone has no product to review."""
    proven = {row.about for row in trade.attachments if row.purpose is AttachmentPurpose.PROOF}
    lines = [(item, trade.products.get(item.product_id)) for item in trade.items if item.product_id is not None]
    return ExportFacts(
        customs_title=trade.order.customs_title,
        unreviewed=[item.id for item, product in lines if product is None or not product.agency_reviewed],
        shipments=len(trade.shipments),
        unproven=[shipment.id for shipment in trade.shipments if shipment.id not in proven],
        consignments=len(trade.consignments),
    )


def check_method(trade: Trade) -> None:
    """Refuse an export method that cannot take these goods: their title, their review, how they travel (FEE-1)."""
    order = trade.order
    if order.export_method is None:
        return
    if order.export_method is ExportMethod.MARKET_PROCUREMENT and order.transport_mode is TransportMode.EXPRESS:
        raise Refusal(
            ErrorCode.EXPORT_METHOD_NOT_OFFERED,
            "Market procurement knows no fast export; choose another transport mode or another export method.",
            ("contract", "exportMethod"),
        )
    missing = {one.requirement: one for one in asked_of(order.export_method, facts_of(trade)) if not one.met}
    if Requirement.PARTNER_TITLE in missing:
        message = "Name the partner under whose customs title the goods leave."
        raise Refusal(ErrorCode.REQUIRED, message, ("contract", "customsTitle"))
    if Requirement.PRODUCT_REVIEW in missing:
        raise Refusal(
            ErrorCode.EXPORT_METHOD_NOT_OFFERED,
            "The agent takes only products that passed its review; replace these lines or choose another method.",
            ("contract", "exportMethod"),
            {"lines": " ".join(missing[Requirement.PRODUCT_REVIEW].lacking)},
        )


def to_acknowledge(order: Order) -> list[Acknowledgement]:
    """What the seller must say to know before this order is offered (ORD-6)."""
    asked = []
    if order.export_method is ExportMethod.YIDATONG_AGENCY:
        asked.append(Acknowledgement.YIDATONG_EXPORT)
    if order.contract_file_id is not None:
        asked.append(Acknowledgement.NO_COLLECTION_ACCOUNT)
    return asked


def acknowledge(trade: Trade, given: Iterable[Acknowledgement]) -> Trade:
    """The trade with what its seller has acknowledged; refused with the names of what was not (ORD-6)."""
    said = set(given)
    asked = to_acknowledge(trade.order)
    missing = [one for one in asked if one not in said]
    if missing:
        raise Refusal(
            ErrorCode.ACKNOWLEDGEMENT_MISSING,
            "Acknowledge first that " + " and that ".join(_SAID[one] for one in missing) + ".",
            ("acknowledge",),
            {"missing": " ".join(missing)},
        )
    return trade.change(acknowledged=tuple(str(one) for one in asked))
