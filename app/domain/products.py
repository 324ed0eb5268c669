"""Products (ORD-1): what a seller sells, at which price from which quantity, and how soon it leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.domain.contract import DAYS_MOST, QUANTITY_MOST, WORD_LONGEST, is_quantity
from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.goods import CargoClass, Product
from app.domain.money import DECIMALS, minor_units
from app.domain.records import Seller, ServiceStatus
from app.domain.trade import Act
from app.domain.words import camel

DESCRIPTION_LONGEST = 10_000
TIERS_MOST = 10
GRAMS_MOST = 100_000_000
# ready to ship means that it lies there: whoever needs longer makes it to order
READY_DAYS_MOST = 30

Patch = Mapping[str, Any]

FIELDS = (
    *("name", "description", "currency", "unit", "minimum_quantity", "tiers", "cargo_class", "unit_grams"),
    *("ready_to_ship", "small_fast", "dispatch_days", "template_id"),
)
# What may be emptied; everything else a product always has
EMPTIED = frozenset({"description", "dispatch_days", "template_id"})
# What the agent has looked at: another product under the same id is to be looked at again (FEE-3)
_REVIEWED = frozenset({"name", "description", "cargo_class"})


@dataclass(frozen=True, slots=True)
class Tier:
    """A price as its seller writes it: from this quantity on, in the product's currency."""

    from_quantity: Decimal
    unit_price: Decimal


def create(seller: Seller, act: Act, patch: Patch) -> Product:
    """A new product of a seller, not on offer yet (ORD-1)."""
    blank = Product(
        id=act.mint.id(),
        seller_id=seller.id,
        name="",
        description=None,
        currency="USD",
        unit="",
        minimum_quantity=Decimal(1),
        tiers=(),
        cargo_class=CargoClass.GENERAL,
        unit_grams=0,
        ready_to_ship=False,
        small_fast=False,
        dispatch_days=None,
        published=False,
        agency_reviewed=False,
        template_id=None,
        version=0,
        created_at=act.now,
        updated_at=act.now,
    )
    return _written(blank, act, patch)


def change(product: Product, act: Act, patch: Patch) -> Product:
    """The product with the named parts replaced; agreed orders keep what was agreed."""
    after = _written(product, act, patch)
    anew = any(getattr(product, name) != getattr(after, name) for name in _REVIEWED)
    return replace(after, agency_reviewed=product.agency_reviewed and not anew)


def _written(product: Product, act: Act, patch: Patch) -> Product:
    missing = [
        _refusal(ErrorCode.REQUIRED, f"{_said(name)} can be left out, but it cannot be empty.", name)
        for name, value in patch.items()
        if value is None and name not in EMPTIED
    ]
    refuse_all(missing)
    columns = {name: patch[name] for name in FIELDS if name in patch and name != "tiers"}
    after = replace(product, **columns)
    refuse_all(_check(after))
    if "tiers" in patch:
        after = replace(after, tiers=_tiers(after, patch["tiers"]))
    elif after.tiers and after.currency != product.currency:
        raise _refusal(ErrorCode.REQUIRED, "Another currency needs every price again: send them with it.", "tiers")
    if after.tiers and Decimal(after.tiers[0]["from"]) != after.minimum_quantity:
        message = f"The first price is for the minimum quantity, {after.minimum_quantity}."
        raise _refusal(ErrorCode.INVALID, message, "tiers", 0, "fromQuantity")
    return _next(after, act)


def _next(product: Product, act: Act) -> Product:
    return replace(product, version=product.version + 1, updated_at=act.now)


def _refusal(code: ErrorCode, message: str, *path: str | int) -> Refusal:
    return Refusal(code, message, tuple(_said(part) if isinstance(part, str) else part for part in path))


def _said(name: str) -> str:
    """How clients write a field."""
    return "prices" if name == "tiers" else camel(name)


def _check(product: Product) -> list[Refusal]:
    """What no product can be, everything at once."""
    longest = {"name": WORD_LONGEST, "description": DESCRIPTION_LONGEST, "unit": WORD_LONGEST}
    wrong = [
        _refusal(ErrorCode.TOO_LONG, f"At most {most} characters.", name)
        for name, most in longest.items()
        if len(getattr(product, name) or "") > most
    ]
    wrong += [
        _refusal(ErrorCode.REQUIRED, f"A product needs its {name}.", name)
        for name in ("name", "unit")
        if not getattr(product, name).strip()
    ]
    if product.currency not in DECIMALS:
        wrong.append(_refusal(ErrorCode.INVALID, f"{product.currency} is not an ISO 4217 currency.", "currency"))
    if not is_quantity(product.minimum_quantity):
        message = f"A quantity is more than 0, at most {QUANTITY_MOST:,}, with at most 3 decimals."
        wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, message, "minimum_quantity"))
    if not 1 <= product.unit_grams <= GRAMS_MOST:
        wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, f"From 1 to {GRAMS_MOST:,} grams.", "unit_grams"))
    return wrong + _check_dispatch(product)


def _check_dispatch(product: Product) -> list[Refusal]:
    days = product.dispatch_days
    if product.ready_to_ship and days is None:
        message = "What is ready to ship says within how many days it leaves."
        return [_refusal(ErrorCode.REQUIRED, message, "dispatch_days")]
    most = READY_DAYS_MOST if product.ready_to_ship else DAYS_MOST
    if days is not None and not 1 <= days <= most:
        return [_refusal(ErrorCode.OUT_OF_RANGE, f"From 1 to {most} days.", "dispatch_days")]
    return []


def _tiers(product: Product, tiers: Sequence[Tier]) -> tuple[Mapping[str, str], ...]:
    """Prices in minor units from ascending quantities, the first from the minimum on; none: a price on request."""
    if len(tiers) > TIERS_MOST:
        raise _refusal(ErrorCode.TOO_MANY, f"At most {TIERS_MOST} prices.", "tiers")
    wrong, rows = [], []
    least = Decimal(0)
    for at, tier in enumerate(tiers):
        if not is_quantity(tier.from_quantity) or tier.from_quantity <= least:
            message = "Each price begins at a larger quantity than the one before it, with at most 3 decimals."
            wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, message, "tiers", at, "from_quantity"))
            continue
        least = tier.from_quantity
        try:
            price = minor_units(tier.unit_price, product.currency)
        except ValueError as error:
            message = f"{tier.unit_price} {product.currency} is not an amount: {error}."
            wrong.append(_refusal(ErrorCode.INVALID, message, "tiers", at, "unit_price"))
            continue
        if price <= 0:
            wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, "A price is more than 0.", "tiers", at, "unit_price"))
        rows.append({"from": format(tier.from_quantity, "f"), "price": str(price)})
    refuse_all(wrong)
    return tuple(rows)


def publish(product: Product, seller: Seller, act: Act) -> Product:
    """The product goes on offer, once the seller can make assured orders (SVC-3)."""
    if seller.service is not ServiceStatus.ACTIVE:
        raise Refusal(ErrorCode.SERVICE_NOT_ACTIVE, "Open the trade-assurance service first: orders need it.")
    return product if product.published else _next(replace(product, published=True), act)


def withdraw(product: Product, act: Act) -> Product:
    """The product is taken off offer; orders that hold it stay as they are."""
    return _next(replace(product, published=False), act) if product.published else product


def review(product: Product, act: Act, passed: bool) -> Product:
    """An operator says whether the agent has reviewed the product, which export by the agent asks for (FEE-3)."""
    return product if product.agency_reviewed is passed else _next(replace(product, agency_reviewed=passed), act)


def unit_price(product: Product, quantity: Decimal) -> int | None:
    """The published price of a unit when so many are bought, in minor units; None where none is published."""
    reached = [tier["price"] for tier in product.tiers if Decimal(tier["from"]) <= quantity]
    return int(reached[-1]) if reached else None
