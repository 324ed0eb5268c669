"""Contracts as clients write them: the order of PAY-1, worth 551.23, with a deposit of 165.37 and a fee of 11.02."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4


def key() -> str:
    """A fresh idempotency key."""
    return uuid4().hex


def soon(seconds: int) -> str:
    """A whole second so many seconds ahead, as clients write it."""
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)).isoformat()


LANE = {
    "name": "Pacific air",
    "carrier": "Blue Wing",
    "cargoClass": "GENERAL",
    "mode": "AIR",
    "origin": "CN",
    "destinations": ["US"],
    "minDays": 5,
    "maxDays": 7,
    "unit": "BUSINESS_DAYS",
    "basePrice": "12.00",
    "kiloPrice": "3.50",
}


def contract(email: str | None, **changes: Any) -> dict[str, Any]:
    """A whole contract for the buyer with this e-mail; `changes` replace parts of it."""
    return {
        "contact": {
            "recipient": "Ada Buyer",
            "email": email,
            "phone": "+1 415 555 0100",
            "lines": ["1 Market Street"],
            "city": "San Francisco",
            "region": "CA",
            "postalCode": "94105",
            "country": "US",
        },
        "items": [
            {
                "description": "Carbon fibre phone case",
                "quantity": "12",
                "unit": "piece",
                "unitPrice": "41.50",
                "attributes": [{"name": "Color", "value": "Black"}],
                "packaging": "Box of 12",
            },
            {"description": "Cover", "quantity": "3", "unit": "piece", "unitPrice": "10.74"},
        ],
        "currency": "USD",
        "shippingFee": "25.00",
        "shippingDiscount": "3.99",
        "storeCoupon": "0.00",
        "paymentTerms": "DEPOSIT_BALANCE",
        "deposit": "165.37",
        "dispatchTerm": {"kind": "DAYS_AFTER_DEPOSIT", "days": 7},
        "transportMode": "AIR",
        "carrier": "DHL",
        "incoterm": "DAP",
        "incotermPlace": "San Francisco",
        "exportMethod": "EASY_DISPATCH",
        "guaranteeMethod": "UNTIL_RECEIPT",
        **changes,
    }
