"""Orders drawn by chance: the contract that the product is told, and the order that the model is told."""

from decimal import Decimal
from random import Random
from typing import Any

from app.domain.contract import Line
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import DispatchTerm, GuaranteeMethod, PaymentTerms
from tests.domain.build import one_line
from tests.model.world import Order

TOTALS = (20_00, 45_00, 93_70, 300_00, 300_01, 551_23, 1_000_01, 5_000_00)
STORE = 5_00
USD_PER_JPY = Decimal("0.0066945607")
MODES = {"AIR": 15, "SEA": 45}


def drawn(rng: Random, total: int | None = None) -> tuple[Order, dict[str, Any]]:
    """An order in dollars or sometimes in yen, one payment or two, and its contract."""
    currency = "JPY" if total is None and rng.random() < 0.1 else "USD"
    total = total or rng.choice(TOTALS)
    deposit = rng.choice([None, 10_00, total * 3 // 10])
    mode = rng.choice(sorted(MODES))
    order = Order(
        id=None,
        seller=None,
        buyer=None,
        currency=currency,
        parts=[total] if deposit is None else [deposit, total - deposit],
        usd=total if currency == "USD" else int(total * USD_PER_JPY * 100 + Decimal("0.5")),
        all_first=rng.random() < 0.4,
        days=rng.choice([1, 3, 7, 20]),
        fee_percent=rng.choice([0, 2, 2]),
        receipt_days=MODES[mode],
        guaranteed=False,
        guarantee=rng.choice(["NONE", "UNTIL_DISPATCH", "UNTIL_RECEIPT"]),
        discounted=rng.random() < 0.25,
        lines=rng.choice([1, 2]),
    )
    return order, _written(order, mode)


def _written(order: Order, mode: str) -> dict[str, Any]:
    store = STORE if order.discounted else 0
    whole = order.total + store
    prices = [whole] if order.lines == 1 else [whole - 7_00, 7_00]
    deposit = order.parts[0] if len(order.parts) > 1 else None
    return one_line(
        "1",
        order.currency,
        items=tuple(Line(f"Part {at}", Decimal(1), "piece", _text(price, order)) for at, price in enumerate(prices)),
        store_coupon=_text(store, order),
        payment_terms=PaymentTerms.FULL if deposit is None else PaymentTerms.DEPOSIT_BALANCE,
        deposit=None if deposit is None else _text(deposit, order),
        dispatch_term=DispatchTerm.DAYS_AFTER_FULL_PAYMENT if order.all_first else DispatchTerm.DAYS_AFTER_DEPOSIT,
        dispatch_days=order.days,
        transport_mode=TransportMode(mode),
        export_method=ExportMethod.EASY_DISPATCH if order.fee_percent else ExportMethod.SELF_OPERATED,
        guarantee_method=GuaranteeMethod(order.guarantee),
    )


def _text(minor: int, order: Order) -> Decimal:
    return Decimal(minor).scaleb(-2 if order.currency == "USD" else 0)
