"""Lines that name products, and buy now: the seller's standing offer, agreed by placing it (ORD-1)."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain import contract
from app.domain.access import By
from app.domain.contract import Line, Patch
from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.fees import rate_of
from app.domain.freight import lane_price, weight
from app.domain.goods import Lane, LaneProvider, Product
from app.domain.money import DECIMALS, Money, convert
from app.domain.policy import ExportMethod, Logistics
from app.domain.products import unit_price
from app.domain.records import DispatchTerm, Incoterm, PaymentTerms
from app.domain.trade import Act, Trade


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a buyer buys now: how much of which products, by which lane, to where, and what they were shown it costs."""

    lines: tuple[Line, ...]
    lane_id: UUID
    contact: Patch = field(default_factory=dict)
    export_method: ExportMethod = ExportMethod.SELF_OPERATED
    notes: str | None = None
    total: Money | None = None
    coupon_id: UUID | None = None


def named(patch: Patch) -> frozenset[UUID]:
    """The products that the lines of a patch name."""
    return frozenset(line.product_id for line in patch.get("items") or () if line.product_id is not None)


def bought(purchase: Purchase) -> frozenset[UUID]:
    """The products that a purchase names."""
    return named({"items": purchase.lines})


def filled(trade: Trade, patch: Patch, by: By) -> dict[str, Any]:
    """The patch with what its lines leave to the products they name (ORD-1).

    A seller may say otherwise of a line, price and unit too; to a buyer products are sold as they are published.
    """
    currency = patch.get("currency") or trade.order.currency
    if not named(patch):
        return dict(patch)
    wrong, lines = [], []
    for at, line in enumerate(patch["items"]):
        try:
            lines.append(line if line.product_id is None else _line(trade, line, currency, by))
        except Refusal as refusal:
            wrong.append(Refusal(refusal.code, refusal.message, ("contract", "items", at, *refusal.field)))
    refuse_all(wrong)
    return {**patch, "items": tuple(lines)}


def _line(trade: Trade, line: Line, currency: str, by: By) -> Line:
    product = trade.products.get(line.product_id) if line.product_id else None
    own = product is not None and product.seller_id == trade.order.seller_id
    if product is None or not own or (by is By.BUYER and not product.published):
        raise Refusal(ErrorCode.PRODUCT_NOT_ON_OFFER, "The order's seller does not offer this product.", ("productId",))
    if product.currency != currency:
        message = f"This product is priced in {product.currency}; its order is in that currency, too."
        raise Refusal(ErrorCode.INVALID, message, ("productId",))
    said = by is not By.BUYER
    least = line.minimum_quantity if said and line.minimum_quantity is not None else product.minimum_quantity
    return replace(
        line,
        description=line.description if line.description.strip() else product.name,
        unit=line.unit if said and line.unit.strip() else product.unit,
        unit_price=line.unit_price if said and line.unit_price is not None else _price(product, line.quantity),
        minimum_quantity=least,
    )


def _price(product: Product, quantity: Decimal) -> Decimal:
    """The published price as a contract is written; 0 where the seller has still to name it."""
    if not contract.is_quantity(quantity) or quantity < product.minimum_quantity:
        message = f"This product is sold from {product.minimum_quantity.normalize():f} {product.unit} on."
        raise Refusal(ErrorCode.OUT_OF_RANGE, message, ("quantity",))
    return Decimal(unit_price(product, quantity) or 0).scaleb(-DECIMALS[product.currency])


def terms(purchase: Purchase, currency: str) -> dict[str, Any]:
    """What a purchase says of its contract; the rest is the seller's standing offer."""
    return {
        **purchase.contact,
        "currency": currency,
        "items": purchase.lines,
        "export_method": purchase.export_method,
        "notes": purchase.notes,
    }


def completed(trade: Trade, act: Act) -> Trade:
    """The draft completed by the seller's standing offer: published prices, the lane's fee, the longest dispatch days.

    Refused when an item is not ready to ship at a published price (ORD-1).
    """
    refuse_all([refusal for at in range(len(trade.items)) for refusal in _not_on_offer(trade, at)])
    lane = trade.lane
    if lane is None:
        message = "Choose one of the lanes that the products are sent by."
        raise Refusal(ErrorCode.LANE_NOT_OFFERED, message, ("contract", "laneId"))
    goods = [(trade.products[item.product_id], item.quantity) for item in trade.items if item.product_id]
    offer: dict[str, Any] = {
        "shipping_fee": _fee(trade, lane, goods),
        "payment_terms": PaymentTerms.FULL,
        "dispatch_term": DispatchTerm.DAYS_AFTER_FULL_PAYMENT,
        "dispatch_days": max((product.dispatch_days or 0 for product, _ in goods), default=None),
        "transport_mode": lane.mode,
        "carrier": lane.carrier,
        "lane": lane.name,
        "incoterm": Incoterm.DAP,
        "incoterm_place": trade.contact.city,
        "logistics": Logistics.OWN if lane.provider is LaneProvider.SELLER_OWN else Logistics.PLATFORM,
    }
    return contract.write(trade, offer, act)


def _not_on_offer(trade: Trade, at: int) -> list[Refusal]:
    """Why a line cannot be bought now: each item is on offer, ready to ship, and has a published price."""
    item = trade.items[at]
    product = trade.products.get(item.product_id) if item.product_id else None
    why = None
    if product is None or not product.published:
        why = "This product is not on offer."
    elif not product.ready_to_ship:
        why = "This product is made to order; ask the seller for an order of it."
    elif (price := unit_price(product, item.quantity)) is None:
        why = "This product has no published price for that quantity; ask the seller for an order of it."
    elif price != item.unit_price:
        why = f"This product costs {Money(price, product.currency)} by now; look at it again."
    return [Refusal(ErrorCode.PRODUCT_NOT_ON_OFFER, why, ("contract", "items", at, "productId"))] if why else []


def _fee(trade: Trade, lane: Lane, goods: list[tuple[Product, Decimal]]) -> Decimal:
    """What the lane costs for all that is bought, in the order's currency (DLV-1)."""
    currency = trade.order.currency
    fee = convert(lane_price(lane, weight(goods)), "USD", currency, rate_of(trade.rates, "USD", currency))
    return Decimal(fee).scaleb(-DECIMALS[currency])


def expect(trade: Trade, shown: Money | None) -> Trade:
    """The placed order, if its total is what the buyer was shown."""
    total = Money(trade.order.total, trade.order.currency)
    if shown is not None and shown != total:
        raise Refusal(
            ErrorCode.PRODUCT_NOT_ON_OFFER,
            f"By now this costs {total}; look at it again before you buy.",
            ("expectedTotal",),
            {"expected": str(shown), "total": str(total)},
        )
    return trade
