"""What the demonstration's orders are about."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.demonstration.people import ADA, JONAS, Person
from app.domain.contract import Line
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import DispatchTerm, GuaranteeMethod, Incoterm, PaymentTerms

Contract = Mapping[str, Any]
_ADDRESSES: Mapping[Person, Contract] = {
    ADA: {
        "recipient": "Ada Okafor",
        "phone": "+1 415 555 0142",
        "lines": ("Pier 9, Suite 104",),
        "city": "San Francisco",
        "region": "CA",
        "postal_code": "94111",
        "country": "US",
    },
    JONAS: {
        "recipient": "Jonas Keller",
        "phone": "+49 40 5550 0178",
        "lines": ("Am Sandtorkai 12",),
        "city": "Hamburg",
        "postal_code": "20457",
        "country": "DE",
    },
}


def line(what: str, quantity: str, price: str, unit: str = "piece", **attributes: str) -> Line:
    """A line of a contract, with attributes such as a colour."""
    named = tuple({"name": name.capitalize(), "value": value} for name, value in attributes.items())
    return Line(what, Decimal(quantity), unit, Decimal(price), named)


def address(buyer: Person) -> Contract:
    """Where a buyer's goods go."""
    return {**_ADDRESSES[buyer], "email": buyer.email}


def contract(buyer: Person, *lines: Line, currency: str = "USD", **terms: Any) -> Contract:
    """A whole contract, paid at once and sent by air within 7 days, unless `terms` say otherwise."""
    return {
        **address(buyer),
        "items": lines,
        "currency": currency,
        "payment_terms": PaymentTerms.FULL,
        "dispatch_term": DispatchTerm.DAYS_AFTER_FULL_PAYMENT,
        "dispatch_days": 7,
        "transport_mode": TransportMode.AIR,
        "carrier": "DHL",
        "incoterm": Incoterm.DAP,
        "incoterm_place": _ADDRESSES[buyer]["city"],
        "export_method": ExportMethod.EASY_DISPATCH,
        "guarantee_method": GuaranteeMethod.UNTIL_RECEIPT,
        **terms,
    }


def deposit(amount: str) -> Contract:
    """A deposit and a balance; the goods leave within 7 days of the deposit."""
    return {
        "payment_terms": PaymentTerms.DEPOSIT_BALANCE,
        "deposit": Decimal(amount),
        "dispatch_term": DispatchTerm.DAYS_AFTER_DEPOSIT,
    }


def until(instant: datetime) -> Contract:
    """To be dispatched by an instant."""
    return {"dispatch_term": DispatchTerm.FIXED_INSTANT, "dispatch_instant": instant, "dispatch_days": None}


# PAY-1: the agreed total is 551.23 and the fee 11.02
EXAMPLE = contract(
    ADA,
    line("Carbon fibre lantern", "12", "41.50", colour="Slate", material="Carbon fibre"),
    line("Carrying pouch", "3", "10.74", colour="Olive"),
    shipping_fee=Decimal("25.00"),
    shipping_discount=Decimal("2.01"),
    store_coupon=Decimal("1.98"),
)
