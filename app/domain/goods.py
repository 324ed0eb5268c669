"""The rows of what is sold and how it travels: products, lanes, freight templates, consignments, attachments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique
from uuid import UUID

from app.domain.access import By
from app.domain.policy import TransportMode


@unique
class CargoClass(StrEnum):
    """What kind of goods a lane takes (DLV-1)."""

    GENERAL = "GENERAL"
    BEAUTY = "BEAUTY"
    PLANT_EXTRACTS = "PLANT_EXTRACTS"
    BATTERY = "BATTERY"


@unique
class LaneProvider(StrEnum):
    """Who runs a lane (DLV-1)."""

    PLATFORM = "PLATFORM"
    COURIER = "COURIER"
    SELLER_OWN = "SELLER_OWN"


@unique
class TransitUnit(StrEnum):
    """Which days a lane's transit counts (DLV-1)."""

    CALENDAR_DAYS = "CALENDAR_DAYS"
    BUSINESS_DAYS = "BUSINESS_DAYS"


@unique
class AttachmentPurpose(StrEnum):
    """What an uploaded file is for."""

    CONTRACT = "CONTRACT"
    PROOF = "PROOF"
    PRODUCTION = "PRODUCTION"
    EVIDENCE = "EVIDENCE"
    PRODUCT = "PRODUCT"
    VERIFICATION = "VERIFICATION"


# The files of what was made and sent
OF_SHIPMENTS = frozenset({AttachmentPurpose.PROOF, AttachmentPurpose.PRODUCTION})


@dataclass(frozen=True, slots=True)
class Product:
    """What a seller sells; `tiers` are (from quantity, unit price in minor units), ascending; weight in grams a unit.

    `lane_ids` are the lanes of the freight template it is bound to.
    """

    id: UUID
    seller_id: UUID
    name: str
    description: str | None
    currency: str
    unit: str
    minimum_quantity: Decimal
    tiers: tuple[Mapping[str, str], ...]
    cargo_class: CargoClass
    unit_grams: int
    ready_to_ship: bool
    small_fast: bool
    dispatch_days: int | None
    published: bool
    agency_reviewed: bool
    template_id: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Lane:
    """A way goods travel; prices in USD cents: `base_price` and `kilo_price` for each kilogram begun (DLV-1)."""

    id: UUID
    provider: LaneProvider
    seller_id: UUID | None
    name: str
    carrier: str
    cargo_class: CargoClass
    mode: TransportMode
    origin: str
    destinations: tuple[str, ...]
    min_days: int
    max_days: int
    unit: TransitUnit
    base_price: int
    kilo_price: int
    guaranteed: bool
    recommended: bool
    demonstration: bool
    retired_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Template:
    """A seller's freight template: the lanes it offers for the products bound to it (DLV-1)."""

    id: UUID
    seller_id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Consignment:
    """A consignment order at the agent's, of exactly one order (SHP-4)."""

    id: UUID
    order_id: UUID
    number: str
    customs_cleared_at: datetime | None
    linked_by: UUID
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file: what it is for, and about which noun (an order, a shipment, a claim, a product …)."""

    id: UUID
    purpose: AttachmentPurpose
    order_id: UUID | None
    seller_id: UUID | None
    about: UUID | None
    by: By
    uploaded_by: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    uploaded_at: datetime
