"""The seller's list as PostGraphile is asked for it: in its own names, leaf for leaf, and what these mean."""

from typing import Any
from uuid import UUID

import asyncpg

from app.domain.money import amount_text

# The visibility rule, as its documentation has one written: a function that PostgreSQL takes apart like a view
FUNCTION = """
CREATE SCHEMA IF NOT EXISTS rivals;
CREATE OR REPLACE FUNCTION rivals.seller_orders(seller uuid) RETURNS SETOF public.orders LANGUAGE sql STABLE AS $$
    SELECT * FROM public.orders WHERE seller_id = seller AND (drafted_by = 'SELLER' OR status <> 'DRAFT')
    ORDER BY created_at DESC, id DESC
$$
"""
# As many leaves as the product's list has; amounts stay minor units, which is less work for it
QUERY = """
query SellersList($seller: UUID!) {
  rivalsSellerOrders(seller: $seller, first: 20) {
    nodes {
      rowId number version status awaiting type draftedBy overdueAt sellerReference
      createdAt updatedAt confirmedAt dispatchedAt
      products productsCurrency: currency shippingFee shippingFeeCurrency: currency total totalCurrency: currency
      itemsByOrderId(orderBy: POSITION_ASC) { nodes { rowId position description quantity unit amount currency } }
      refunded received receivedCurrency: currency coupon missingCurrency: currency
      instalmentsByOrderId(orderBy: POSITION_ASC) {
        nodes { kind amount amountCurrency: currency received receivedCurrency: currency completedAt }
      }
      shipmentsByOrderId(orderBy: POSITION_ASC) { nodes { rowId carrier trackingNumber dispatchedAt deliveredAt } }
      deadlinesByOrderId { nodes { kind dueAt rule status } }
    }
  }
}
"""


async def prepare(url: str) -> None:
    """Put the rule into the database."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(FUNCTION)
    finally:
        await connection.close()


def mapped(answer: Any) -> Any:
    """Its answer as the product says the same."""
    nodes = answer["data"]["rivalsSellerOrders"]["nodes"]
    return {"data": {"viewer": {"orders": {"nodes": [_order(each) for each in nodes]}}}}


def _order(row: Any) -> dict[str, Any]:
    same = ("number", "status", "awaiting", "type", "draftedBy", "sellerReference")
    stamps = ("createdAt", "updatedAt", "confirmedAt", "dispatchedAt")
    received, refunded, total, coupon = (int(row[name]) for name in ("received", "refunded", "total", "coupon"))
    return {
        "id": _id("ord", row),
        "version": int(row["version"]),
        "overdue": row["overdueAt"] is not None,
        **{name: row[name] for name in same},
        **{name: _instant(row[name]) for name in stamps},
        "contract": {
            "products": _money(row["products"], row["productsCurrency"]),
            "shippingFee": _money(row["shippingFee"], row["shippingFeeCurrency"]),
            "agreedTotal": _money(total, row["totalCurrency"]),
            "items": [_item(each) for each in row["itemsByOrderId"]["nodes"]],
        },
        "funds": {
            "status": _status(received, refunded, total, coupon),
            "received": _money(received, row["receivedCurrency"]),
            "missing": _money(total - coupon - received, row["missingCurrency"]),
            "instalments": [_instalment(each) for each in row["instalmentsByOrderId"]["nodes"]],
        },
        "shipments": [_shipment(each) for each in row["shipmentsByOrderId"]["nodes"]],
        "deadlines": sorted(
            ({**each, "dueAt": _instant(each["dueAt"])} for each in row["deadlinesByOrderId"]["nodes"]),
            key=lambda each: each["dueAt"],
        ),
    }


def _item(row: Any) -> dict[str, Any]:
    return {
        "id": _id("itm", row),
        "position": row["position"] + 1,
        "description": row["description"],
        "quantity": row["quantity"].rstrip("0").rstrip("."),
        "unit": row["unit"],
        "amount": _money(row["amount"], row["currency"]),
    }


def _instalment(row: Any) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "amount": _money(row["amount"], row["amountCurrency"]),
        "received": _money(row["received"], row["receivedCurrency"]),
        "completedAt": _instant(row["completedAt"]),
    }


def _shipment(row: Any) -> dict[str, Any]:
    stamps = {name: _instant(row[name]) for name in ("dispatchedAt", "deliveredAt")}
    return {"id": _id("shp", row), "carrier": row["carrier"], "trackingNumber": row["trackingNumber"], **stamps}


def _id(prefix: str, row: Any) -> str:
    return f"{prefix}_{UUID(row['rowId']).hex}"


def _money(minor: int | str, currency: str) -> dict[str, str]:
    return {"amount": amount_text(int(minor), currency), "currencyCode": currency}


def _instant(text: str | None) -> str | None:
    """Its microseconds and zone as `Z`, with no more digits than there are."""
    return None if text is None else text.removesuffix("+00:00").rstrip("0").rstrip(".") + "Z"


def _status(received: int, refunded: int, total: int, coupon: int) -> str:
    if refunded:
        return "REFUNDED" if refunded >= received else "PARTIALLY_REFUNDED"
    if not received:
        return "UNPAID"
    return "PARTIALLY_RECEIVED" if received + coupon < total else "FULLY_RECEIVED"
