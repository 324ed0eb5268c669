"""The lane of a contract: what naming one writes, and whether it is offered for what the order holds (DLV-1, DLV-3)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from app.domain import freight
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Product
from app.domain.records import OrderType
from app.domain.trade import Trade

# On which terms it depends whether a lane is on offer
JUDGED = frozenset({"lane_id", "country", "items", "transport_mode"})


def asked(patch: Mapping[str, Any]) -> tuple[UUID, ...]:
    """The lane that a patch of a contract names."""
    lane_id = patch.get("lane_id")
    return () if lane_id is None else (lane_id,)


def written(trade: Trade, patch: Mapping[str, Any]) -> Trade:
    """The trade with the lane its contract now names: its name, carrier and mode stand with it.

    A lane in other words takes the place of the one that was named.
    """
    if "lane_id" not in patch:
        other = "lane" in patch and trade.lane is not None and patch["lane"] != trade.lane.name
        return replace(trade.change(lane_id=None), lane=None) if other else trade
    lane_id = patch["lane_id"]
    if lane_id is None:
        return replace(trade.change(lane_id=None), lane=None)
    lane = trade.lanes.get(lane_id)
    if lane is None or lane.seller_id not in (None, trade.order.seller_id) or lane.retired_at is not None:
        raise _not_offered("There is no such lane on offer; choose one that is run now.")
    columns = {"lane": lane.name, "carrier": lane.carrier, "transport_mode": lane.mode}
    own = {name: value for name, value in columns.items() if patch.get(name) is None}
    return replace(trade.change(lane_id=lane_id, **own), lane=lane)


def products_of(trade: Trade) -> list[Product | None]:
    """The product of each line; None for a line in words."""
    return [None if item.product_id is None else trade.products.get(item.product_id) for item in trade.items]


def ready_to_ship(trade: Trade) -> bool:
    """Whether every line is of a product that is ready to ship (DLV-3)."""
    products = products_of(trade)
    return bool(products) and all(product is not None and product.ready_to_ship for product in products)


def require_offered(trade: Trade) -> None:
    """Refuse a lane that does not take these goods there (DLV-1).

    Ready goods in a seller's draft, and goods bought now, are sent by one of their freight templates' lanes (DLV-3).
    """
    lane = trade.lane
    bound = trade.order.type is not OrderType.START_ORDER and ready_to_ship(trade)
    if lane is None:
        if bound:
            raise _not_offered("What is ready to ship is sent by a lane of its freight template: name one.")
        return
    products = [product for product in products_of(trade) if product is not None]
    if not freight.covers(lane, trade.contact.country, {product.cargo_class for product in products}):
        country = trade.contact.country or "an unknown country"
        raise _not_offered(f"{lane.name} does not take these goods to {country}; choose another lane.")
    for product in products if bound else ():
        if lane.id not in trade.product_lanes.get(product.id, frozenset()):
            raise _not_offered(f"{lane.name} is not in the freight template of {product.name}; choose one that is.")
    if trade.order.transport_mode is not lane.mode:
        message = f"{lane.name} goes by {lane.mode}; name that mode, or another lane."
        raise Refusal(ErrorCode.LANE_NOT_OFFERED, message, ("contract", "transportMode"))


def _not_offered(message: str) -> Refusal:
    return Refusal(ErrorCode.LANE_NOT_OFFERED, message, ("contract", "laneId"))
