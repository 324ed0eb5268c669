"""The lanes that are run and the freight templates that hold them: how operators and sellers write them (DLV-1)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain.contract import WORD_LONGEST
from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.goods import CargoClass, Lane, LaneProvider, Template, TransitUnit
from app.domain.policy import TransportMode
from app.domain.trade import Act
from app.domain.words import camel

LANES_MOST = 2_000
OWN_LANES_MOST = 200
TEMPLATES_MOST = 100
TEMPLATE_LANES_MOST = 200
BOUND_MOST = 500
DESTINATIONS_MOST = 250
TRANSIT_MOST = 180
PRICE_MOST = 10**9

Patch = Mapping[str, Any]


def create(provider: LaneProvider, seller_id: UUID | None, act: Act, patch: Patch, demonstration: bool = False) -> Lane:
    """A new lane: of the platform or a courier, or a seller's own, which is never guaranteed."""
    blank = Lane(
        id=act.mint.id(),
        provider=provider,
        seller_id=seller_id,
        name="",
        carrier="",
        cargo_class=CargoClass.GENERAL,
        mode=TransportMode.MULTIMODAL,
        origin="",
        destinations=(),
        min_days=0,
        max_days=0,
        unit=TransitUnit.CALENDAR_DAYS,
        base_price=0,
        kilo_price=0,
        guaranteed=False,
        recommended=False,
        demonstration=demonstration,
        retired_at=None,
        created_at=act.now,
    )
    return change(blank, patch)


def change(lane: Lane, patch: Patch) -> Lane:
    """The lane with the named parts replaced; agreed orders keep the transit that was pinned to them."""
    if lane.retired_at is not None:
        raise Refusal(ErrorCode.LANE_NOT_OFFERED, "This lane is run no more; make a new one.", ("laneId",))
    after = replace(lane, **patch)
    after = replace(after, destinations=tuple(sorted(set(after.destinations))))
    refuse_all(_wrong(after))
    return after


def _wrong(lane: Lane) -> list[Refusal]:
    """What no lane can be, everything at once."""
    wrong = [
        _refusal(ErrorCode.REQUIRED, f"From 1 to {WORD_LONGEST} characters.", name)
        for name in ("name", "carrier", "origin")
        if not 0 < len(getattr(lane, name).strip()) <= WORD_LONGEST
    ]
    if not 0 < len(lane.destinations) <= DESTINATIONS_MOST:
        wrong.append(_refusal(ErrorCode.REQUIRED, f"Name 1 to {DESTINATIONS_MOST} countries.", "destinations"))
    if not 0 <= lane.min_days <= lane.max_days <= TRANSIT_MOST:
        message = f"Transit takes from 0 to {TRANSIT_MOST} days, and its least is not more than its most."
        wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, message, "max_days"))
    for name in ("base_price", "kilo_price"):
        if not 0 <= getattr(lane, name) <= PRICE_MOST:
            wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, "A price is not negative, and at most 10 million USD.", name))
    if lane.provider is LaneProvider.SELLER_OWN and (lane.guaranteed or lane.recommended):
        name = "guaranteed" if lane.guaranteed else "recommended"
        wrong.append(_refusal(ErrorCode.INVALID, "A seller's own lane is neither guaranteed nor recommended.", name))
    return wrong


def retire(lane: Lane, act: Act) -> Lane:
    """The lane is run no more: nothing new is sent by it, and what was promised by it stays promised."""
    return lane if lane.retired_at is not None else replace(lane, retired_at=act.now)


def template(seller_id: UUID, act: Act, name: str) -> Template:
    """A new freight template of a seller."""
    return renamed(Template(act.mint.id(), seller_id, "", act.now), name)


def renamed(held: Template, name: str) -> Template:
    """The template under a name."""
    if not 0 < len(name.strip()) <= WORD_LONGEST:
        raise _refusal(ErrorCode.REQUIRED, f"From 1 to {WORD_LONGEST} characters.", "name")
    return replace(held, name=name)


def check_lanes(lane_ids: Collection[UUID], usable: Collection[UUID]) -> None:
    """Refuse more lanes than a template holds, and lanes that the seller cannot switch on."""
    if len(lane_ids) > TEMPLATE_LANES_MOST:
        raise _refusal(ErrorCode.TOO_MANY, f"A template holds at most {TEMPLATE_LANES_MOST} lanes.", "lane_ids")
    unknown = [lane_id for lane_id in lane_ids if lane_id not in usable]
    if unknown:
        message = "Of these lanes not all are run for you: choose among the platform's, the couriers' and your own."
        named = {"unknown": " ".join(f"lan_{lane_id.hex}" for lane_id in unknown)}
        raise Refusal(ErrorCode.LANE_NOT_OFFERED, message, ("laneIds",), named)


def check_count(have: int, most: int, what: str) -> None:
    """Refuse one more than there may be."""
    if have >= most:
        raise Refusal(ErrorCode.TOO_MANY, f"There are at most {most} {what}; retire one first.")


def _refusal(code: ErrorCode, message: str, name: str) -> Refusal:
    return Refusal(code, message, (camel(name),))
