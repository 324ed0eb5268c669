"""The contract of an order (ORD-3): what its drafter writes, what it must hold to be submitted, what it adds up to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from app.domain import lanes
from app.domain.access import plain_email
from app.domain.attachments import contract_file
from app.domain.errors import ErrorCode, Refusal, refuse_all
from app.domain.happenings import Change
from app.domain.money import DECIMALS, LARGEST_MINOR, Money, half_up, minor_units
from app.domain.policy import ExportMethod, Logistics, TransportMode
from app.domain.records import (
    DispatchTerm,
    GuaranteeMethod,
    Incoterm,
    InstalmentKind,
    Item,
    Order,
    PaymentTerms,
)
from app.domain.trade import Act, Trade
from app.domain.words import camel

ITEMS_MOST = 100
ATTRIBUTES_MOST = 20
ADDRESS_LINES_MOST = 5
WORD_LONGEST = 200
TEXT_LONGEST = 2_000
NOTES_LONGEST = 10_000
DAYS_MOST = 365
QUANTITY_MOST = Decimal(10) ** 12

Patch = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as its drafter writes it: amounts in the contract's currency; a product it names fills what is left out.

    Without a price it costs nothing yet: a buyer's request may leave that to the seller.
    """

    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal | None = None
    attributes: tuple[Mapping[str, str], ...] = ()
    packaging: str | None = None
    remark: str | None = None
    minimum_quantity: Decimal | None = None
    product_id: UUID | None = None


def _same(value: Any) -> Any:
    return value


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def _lines(value: Any) -> tuple[Line, ...]:
    return tuple(
        Line(
            **{
                **line,
                "quantity": _decimal(line["quantity"]),
                "unit_price": None if line["unit_price"] is None else _decimal(line["unit_price"]),
                "minimum_quantity": None if line["minimum_quantity"] is None else _decimal(line["minimum_quantity"]),
                "product_id": None if line.get("product_id") is None else UUID(line["product_id"]),
                "attributes": tuple(line["attributes"]),
            }
        )
        for line in value
    )


CONTACT_FIELDS = ("recipient", "email", "phone", "lines", "city", "region", "postal_code", "country")
AMOUNT_FIELDS = ("products", "shipping_fee", "shipping_discount", "store_coupon", "deposit")
# Every field of the contract, and how it is read back from JSON (amendments keep their changes so)
FIELDS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(CONTACT_FIELDS, _same),
    "lines": tuple,
    "items": _lines,
    "currency": _same,
    **dict.fromkeys(AMOUNT_FIELDS, _decimal),
    "payment_terms": PaymentTerms,
    "dispatch_term": DispatchTerm,
    "dispatch_days": int,
    "dispatch_date": date.fromisoformat,
    "dispatch_instant": datetime.fromisoformat,
    "transport_mode": TransportMode,
    "carrier": _same,
    "lane": _same,
    "lane_id": UUID,
    "incoterm": Incoterm,
    "incoterm_place": _same,
    "export_method": ExportMethod,
    "customs_title": _same,
    "logistics": Logistics,
    "guarantee_method": GuaranteeMethod,
    "notes": _same,
    "contract_file_id": UUID,
}
REQUIRED_VALUES = ("items", "currency", "products", "shipping_fee", "shipping_discount", "store_coupon", "logistics")
DISPATCH_FIELDS = frozenset({"dispatch_term", "dispatch_days", "dispatch_date", "dispatch_instant"})
_TERM_PARTS = {"dispatch_term": "kind", "dispatch_days": "days", "dispatch_date": "date", "dispatch_instant": "instant"}


def path_of(name: str) -> str:
    """A field's path in the contract as clients write it, such as dispatchTerm.date."""
    if name in CONTACT_FIELDS:
        return f"contact.{camel(name)}"
    return f"dispatchTerm.{_TERM_PARTS[name]}" if name in _TERM_PARTS else camel(name)


def paths_of(names: Iterable[str]) -> str:
    """The paths of several fields, in their order, as an event tells them."""
    return " ".join(sorted(path_of(name) for name in names))


# What an event tells of before and after: no long texts, and nothing that may hold an address
_TOLD = (
    *("currency", *AMOUNT_FIELDS[1:], "total", "payment_terms", *_TERM_PARTS, "transport_mode", "carrier", "lane"),
    *("incoterm", "export_method", "customs_title", "logistics", "guarantee_method"),
)


def differences(before: Order, after: Order) -> list[Change]:
    """What is different between two versions of an order's terms, as the operation log says it (ORD-13)."""
    return [
        Change(path_of(name), _said(before, name), _said(after, name))
        for name in _TOLD
        if _said(before, name) != _said(after, name)
    ]


def _said(order: Order, name: str) -> str | None:
    value = getattr(order, name)
    if isinstance(value, int) and name in (*AMOUNT_FIELDS, "total"):
        return str(Money(value, order.currency))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return None if value is None else str(value)


def to_json(patch: Patch) -> dict[str, Any]:
    """A patch as JSON."""
    return {name: _plain(value) for name, value in patch.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Line):
        return {name: _plain(getattr(value, name)) for name in Line.__dataclass_fields__}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value


def from_json(changes: Mapping[str, Any]) -> dict[str, Any]:
    """A patch read back from JSON."""
    return {name: None if value is None else FIELDS[name](value) for name, value in changes.items()}


def write(trade: Trade, patch: Patch, act: Act) -> Trade:
    """The trade with the named parts of its contract replaced and its sums made anew.

    Refuses values that are too long, too many, out of range, or not payable in the currency.
    """
    _check(trade, patch)
    currency = patch.get("currency", trade.order.currency)
    columns: dict[str, Any] = {
        name: patch[name]
        for name in FIELDS
        if name in patch and name not in (*CONTACT_FIELDS, "items", "contract_file_id", "lane_id")
    }
    columns |= {
        name: None if patch[name] is None else _minor(patch[name], currency, name)
        for name in AMOUNT_FIELDS
        if name in patch
    }
    if "guarantee_method" in patch and patch["guarantee_method"] is None:
        columns["guarantee_method"] = GuaranteeMethod.NONE
    trade = lanes.written(trade.change(**columns), patch)
    if "items" in patch:
        trade = replace(trade, items=_items(trade, patch["items"], currency, act))
    if "contract_file_id" in patch:
        trade = contract_file(trade, act, patch["contract_file_id"])
    return _contact(_sums(trade, keyed="products" in patch or "items" not in patch), patch, act)


def _items(trade: Trade, lines: Sequence[Line], currency: str, act: Act) -> tuple[Item, ...]:
    rows = []
    for position, line in enumerate(lines):
        price = _minor(line.unit_price or Decimal(0), currency, "items", position, "unitPrice")
        rows.append(
            Item(
                id=act.mint.id(),
                order_id=trade.order.id,
                position=position,
                description=line.description,
                attributes=line.attributes,
                packaging=line.packaging,
                remark=line.remark,
                unit_price=price,
                quantity=line.quantity,
                unit=line.unit,
                minimum_quantity=line.minimum_quantity,
                amount=half_up(price * Fraction(line.quantity)),
                currency=currency,
                product_id=line.product_id,
            )
        )
    return tuple(rows)


def _sums(trade: Trade, keyed: bool) -> Trade:
    """Products are what the lines add up to, or what is keyed in beside an attached contract without lines (ORD-1)."""
    order = trade.order
    products = sum(item.amount for item in trade.items)
    if not trade.items and order.contract_file_id is not None and keyed:
        products = order.products
    total = products + order.shipping_fee - order.shipping_discount - order.store_coupon
    if total < 0:
        raise Refusal(
            ErrorCode.OUT_OF_RANGE,
            "The shipping discount and the store coupon are larger than products and shipping together.",
            ("contract", "storeCoupon"),
        )
    if products > LARGEST_MINOR or total > LARGEST_MINOR:
        raise Refusal(ErrorCode.OUT_OF_RANGE, "The agreed total is too large.", ("contract", "items"))
    return trade.change(products=products, total=total)


def _contact(trade: Trade, patch: Patch, act: Act) -> Trade:
    fields = {name: patch[name] for name in CONTACT_FIELDS if name in patch}
    if not fields:
        return trade
    if fields.get("lines", ()) is None:
        fields["lines"] = ()
    if fields.get("email") is not None:
        fields["email"] = plain_email(fields["email"])
    version = trade.order.contact_version + 1
    contact = replace(trade.contact, id=act.mint.id(), version=version, **fields)
    moved = contact.email != trade.contact.email
    if moved and trade.order.landed:
        message = "Money has arrived for this order, so it stays with its buyer; send the money back first."
        raise Refusal(ErrorCode.MONEY_LANDED, message, ("contract", "email"))
    trade = replace(trade, contact=contact).change(contact_version=version)
    # whoever was matched by the old e-mail is not the one this contract names now (ORD-2)
    return trade.change(buyer_id=None) if moved else trade


def _minor(amount: Decimal, currency: str, *path: str | int) -> int:
    field = ("contract", *(camel(part) if isinstance(part, str) else part for part in path))
    try:
        minor = minor_units(amount, currency)
    except ValueError as error:
        raise Refusal(ErrorCode.INVALID, f"{amount} {currency} is not an amount: {error}.", field) from None
    if minor < 0:
        raise Refusal(ErrorCode.OUT_OF_RANGE, "An amount of a contract cannot be negative.", field)
    return minor


def _refusal(code: ErrorCode, message: str, *path: str | int) -> Refusal:
    return Refusal(code, message, ("contract", *(camel(part) if isinstance(part, str) else part for part in path)))


def _check(trade: Trade, patch: Patch) -> None:
    """Refuse what no contract can hold, everything at once."""
    wrong = [
        _refusal(ErrorCode.REQUIRED, f"{camel(name)} can be left out, but it cannot be empty.", name)
        for name in REQUIRED_VALUES
        if name in patch and patch[name] is None
    ]
    for name, value in patch.items():
        longest = NOTES_LONGEST if name == "notes" else WORD_LONGEST
        if isinstance(value, str) and len(value) > longest:
            wrong.append(_refusal(ErrorCode.TOO_LONG, f"At most {longest} characters.", name))
    wrong += _check_lines(patch.get("lines") or ())
    wrong += _check_items(patch.get("items") or ())
    wrong += _check_terms(trade, patch)
    refuse_all(wrong)


def _check_lines(lines: Sequence[str]) -> list[Refusal]:
    if len(lines) > ADDRESS_LINES_MOST:
        return [_refusal(ErrorCode.TOO_MANY, f"At most {ADDRESS_LINES_MOST} address lines.", "lines")]
    return [
        _refusal(ErrorCode.TOO_LONG, f"At most {WORD_LONGEST} characters.", "lines", at)
        for at, line in enumerate(lines)
        if len(line) > WORD_LONGEST
    ]


def _check_items(lines: Sequence[Line]) -> list[Refusal]:
    if len(lines) > ITEMS_MOST:
        return [_refusal(ErrorCode.TOO_MANY, f"At most {ITEMS_MOST} lines.", "items")]
    return [refusal for at, line in enumerate(lines) for refusal in _check_item(at, line)]


def _check_item(at: int, line: Line) -> list[Refusal]:
    wrong = []
    if not line.description.strip():
        wrong.append(_refusal(ErrorCode.REQUIRED, "Say what the line is for.", "items", at, "description"))
    if not line.unit.strip():
        wrong.append(_refusal(ErrorCode.REQUIRED, "Name the unit, such as piece or kg.", "items", at, "unit"))
    for name in ("description", "packaging", "remark", "unit"):
        longest = WORD_LONGEST if name == "unit" else TEXT_LONGEST
        if len(getattr(line, name) or "") > longest:
            wrong.append(_refusal(ErrorCode.TOO_LONG, f"At most {longest} characters.", "items", at, name))
    for name in ("quantity", "minimum_quantity"):
        value = getattr(line, name)
        if value is not None and not is_quantity(value):
            message = "A quantity is more than 0, at most a million million, with at most 3 decimals."
            wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, message, "items", at, name))
    words = [word for attribute in line.attributes for word in attribute.values()]
    if len(line.attributes) > ATTRIBUTES_MOST or any(len(word) > WORD_LONGEST for word in words):
        message = f"At most {ATTRIBUTES_MOST} attributes of {WORD_LONGEST} characters each."
        wrong.append(_refusal(ErrorCode.TOO_MANY, message, "items", at, "attributes"))
    return wrong


def is_quantity(value: Decimal) -> bool:
    """Whether a quantity of a line can be written down exactly."""
    return value.is_finite() and 0 < value <= QUANTITY_MOST and value == value.quantize(Decimal("0.001"))


def _check_terms(trade: Trade, patch: Patch) -> list[Refusal]:
    wrong = []
    currency = patch.get("currency")
    if currency is not None and currency not in DECIMALS:
        wrong.append(_refusal(ErrorCode.INVALID, f"{currency} is not an ISO 4217 currency.", "currency"))
    elif currency not in (None, trade.order.currency):
        amounts = AMOUNT_FIELDS[1:] if trade.items else AMOUNT_FIELDS
        stale = [name for name in amounts if getattr(trade.order, name) and name not in patch]
        stale += ["items"] if trade.items and "items" not in patch else []
        message = "Another currency needs every amount again: send this with it."
        wrong += [_refusal(ErrorCode.REQUIRED, message, name) for name in stale]
    days = patch.get("dispatch_days")
    if days is not None and not 1 <= days <= DAYS_MOST:
        wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, f"From 1 to {DAYS_MOST} days.", "dispatch_days"))
    instant = patch.get("dispatch_instant")
    if instant is not None and instant.microsecond:
        wrong.append(_refusal(ErrorCode.INVALID, "A dispatch instant is a whole second.", "dispatch_instant"))
    if patch.get("products") is not None:
        if patch.get("items", trade.items):
            message = "The lines add up to what the products cost; leave it out, or take the lines away."
            wrong.append(_refusal(ErrorCode.INVALID, message, "products"))
        elif patch.get("contract_file_id", trade.order.contract_file_id) is None:
            message = "Write the lines that add up to it, or attach the contract that names it."
            wrong.append(_refusal(ErrorCode.INVALID, message, "products"))
    return wrong


def require_complete(trade: Trade, whole: bool) -> None:
    """Refuse to submit a contract that lacks something (ORD-3); a buyer's request needs only where and what."""
    order, contact = trade.order, trade.contact
    needed: dict[str, object] = {
        "recipient": contact.recipient,
        "lines": contact.lines,
        "city": contact.city,
        "country": contact.country,
        "email": contact.email,
        "phone": contact.phone,
        "items": trade.items or order.contract_file_id,
    }
    if whole:
        needed |= {
            "payment_terms": order.payment_terms,
            "dispatch_term": order.dispatch_term,
            "transport_mode": order.transport_mode,
            "carrier": order.carrier or order.lane,
            "incoterm": order.incoterm,
            "export_method": order.export_method,
        }
    wrong = [
        _refusal(ErrorCode.REQUIRED, f"{camel(name)} is needed before the order can be submitted.", name)
        for name, value in needed.items()
        if not value
    ]
    refuse_all(wrong + (_inconsistent(trade) if whole else []))


def _inconsistent(trade: Trade) -> list[Refusal]:
    order = trade.order
    wrong = []
    term_value = {
        DispatchTerm.DAYS_AFTER_DEPOSIT: "dispatch_days",
        DispatchTerm.DAYS_AFTER_FULL_PAYMENT: "dispatch_days",
        DispatchTerm.FIXED_DATE: "dispatch_date",
        DispatchTerm.FIXED_INSTANT: "dispatch_instant",
    }
    if order.dispatch_term is not None and getattr(order, term_value[order.dispatch_term]) is None:
        name = term_value[order.dispatch_term]
        wrong.append(_refusal(ErrorCode.REQUIRED, f"This dispatch term needs {camel(name)}.", name))
    if order.total <= 0:
        wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, "The agreed total must be more than 0.", "items"))
    split = order.payment_terms is PaymentTerms.DEPOSIT_BALANCE
    if split and not 0 < (order.deposit or 0) < order.total:
        message = "A deposit is more than 0 and less than the agreed total."
        wrong.append(_refusal(ErrorCode.OUT_OF_RANGE, message, "deposit"))
    return wrong


def split(trade: Trade) -> list[tuple[InstalmentKind, int]]:
    """The instalments of the agreed total: their amounts add up to it (ORD-4)."""
    order = trade.order
    if order.payment_terms is PaymentTerms.DEPOSIT_BALANCE and order.deposit is not None:
        return [(InstalmentKind.DEPOSIT, order.deposit), (InstalmentKind.BALANCE, order.total - order.deposit)]
    return [(InstalmentKind.FULL, order.total)]
