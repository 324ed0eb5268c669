"""A list of orders as rows of a sheet: the questions its rows are the answers of, and the columns (DSK-3)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

Value: TypeAlias = str | Decimal | None
Json = Mapping[str, Any]

_FIELDS = """
fragment Row on Order {
  number status type draftedBy createdAt submittedAt confirmedAt firstPaidAt fullyPaidAt dispatchedAt deliveredAt
  completedAt closedAt closeReason overdue dispatchedLate sellerReference leadSource loanEligible
  buyer { name country } salesperson { name }
  contract {
    currency paymentTerms transportMode carrier incoterm incotermPlace exportMethod guaranteeMethod
    products { amount } shippingFee { amount } shippingDiscount { amount } storeCoupon { amount }
    agreedTotal { amount } destination { country city } items { description }
  }
  funds { status received { amount } missing { amount } refunded { amount } estimatedFee { amount } }
}
"""
PAGE = (
    "query Page($after: String, $first: Int!, $filter: OrderFilter)"
    " { viewer { orders(first: $first, after: $after, filter: $filter)"
    " { nodes { ...Row } pageInfo { hasNextPage endCursor } } } }" + _FIELDS
)
CHOSEN = "query Chosen($ids: [ID!]!) { nodes(ids: $ids) { ...Row } }" + _FIELDS
HOW_MANY = "query HowMany($filter: OrderFilter) { viewer { orders(first: 1, filter: $filter) { totalCount } } }"


def _at(*path: str) -> Callable[[Json], Value]:
    def value(order: Json) -> Value:
        found: Any = order
        for name in path:
            found = None if found is None else found[name]
        if isinstance(found, bool):
            return "yes" if found else "no"
        return None if found is None else str(found)

    return value


def _money(*path: str) -> Callable[[Json], Value]:
    read = _at(*path, "amount")

    def value(order: Json) -> Value:
        amount = read(order)
        return None if amount is None else Decimal(amount)

    return value


def _goods(order: Json) -> Value:
    return "; ".join(item["description"] for item in order["contract"]["items"])


COLUMNS: Sequence[tuple[str, Callable[[Json], Value]]] = (
    ("Order number", _at("number")),
    ("Status", _at("status")),
    ("Order type", _at("type")),
    ("Drafted by", _at("draftedBy")),
    ("Buyer", _at("buyer", "name")),
    ("Buyer's country", _at("buyer", "country")),
    ("Goods", _goods),
    ("Currency", _at("contract", "currency")),
    ("Products", _money("contract", "products")),
    ("Shipping fee", _money("contract", "shippingFee")),
    ("Shipping discount", _money("contract", "shippingDiscount")),
    ("Store coupon", _money("contract", "storeCoupon")),
    ("Agreed total", _money("contract", "agreedTotal")),
    ("Funds", _at("funds", "status")),
    ("Received", _money("funds", "received")),
    ("Missing", _money("funds", "missing")),
    ("Refunded", _money("funds", "refunded")),
    ("Transaction fee", _money("funds", "estimatedFee")),
    ("Payment terms", _at("contract", "paymentTerms")),
    ("Transport mode", _at("contract", "transportMode")),
    ("Carrier", _at("contract", "carrier")),
    ("Incoterms rule", _at("contract", "incoterm")),
    ("Incoterms place", _at("contract", "incotermPlace")),
    ("Export method", _at("contract", "exportMethod")),
    ("Guarantee method", _at("contract", "guaranteeMethod")),
    ("Destination country", _at("contract", "destination", "country")),
    ("Destination city", _at("contract", "destination", "city")),
    ("Salesperson", _at("salesperson", "name")),
    ("Seller's reference", _at("sellerReference")),
    ("Overdue", _at("overdue")),
    ("Dispatched late", _at("dispatchedLate")),
    ("Created (UTC)", _at("createdAt")),
    ("Offered (UTC)", _at("submittedAt")),
    ("Agreed (UTC)", _at("confirmedAt")),
    ("First instalment complete (UTC)", _at("firstPaidAt")),
    ("Fully paid (UTC)", _at("fullyPaidAt")),
    ("Dispatched (UTC)", _at("dispatchedAt")),
    ("Delivered (UTC)", _at("deliveredAt")),
    ("Completed (UTC)", _at("completedAt")),
    ("Closed (UTC)", _at("closedAt")),
    ("Close reason", _at("closeReason")),
    ("Lead source", _at("leadSource")),
    ("Loan-eligible", _at("loanEligible")),
)
HEAD: Sequence[str] = tuple(name for name, _ in COLUMNS)


def rows(orders: Sequence[Json]) -> Iterator[list[Value]]:
    """A row for each order."""
    for order in orders:
        yield [value(order) for _, value in COLUMNS]
