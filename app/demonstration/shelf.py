"""What the sellers of the demonstration sell."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.goods import CargoClass
from app.domain.products import Tier


def _tiers(*steps: tuple[str, str]) -> dict[str, Any]:
    """Prices from quantities on; the first of them is the minimum."""
    return {
        "minimum_quantity": Decimal(steps[0][0]),
        "tiers": tuple(Tier(Decimal(quantity), Decimal(price)) for quantity, price in steps),
    }


_READY = {"ready_to_ship": True, "currency": "USD", "unit": "piece"}
# By the name under which they are made once
SHELF: Mapping[str, Mapping[str, Any]] = {
    "lantern": {
        **_READY,
        **_tiers(("10", "18.50"), ("100", "16.90"), ("500", "15.20")),
        "name": "Camping lantern, rechargeable",
        "description": "Six brightness steps, 80 hours on the lowest; charges by USB-C and charges a phone.",
        "unit_grams": 640,
        "cargo_class": CargoClass.BATTERY,
        "dispatch_days": 3,
    },
    "cup": {
        **_READY,
        **_tiers(("2", "9.40"), ("50", "7.80"), ("1000", "6.95")),
        "name": "Titanium cup",
        "description": "450 ml, single wall, with a folding handle.",
        "unit_grams": 75,
        "small_fast": True,
        "dispatch_days": 1,
    },
    "mat": {
        **_READY,
        **_tiers(("5", "26.00"), ("75", "22.40")),
        "name": "Sleeping mat",
        "description": "Inflates by itself to 5 cm; packs to the size of a bottle.",
        "unit_grams": 980,
        "dispatch_days": 7,
    },
    "tent": {
        **_tiers(("20", "84.00"), ("200", "76.50")),
        "name": "Ridge tent, two persons",
        "description": "Made to order, in your colours.",
        "currency": "USD",
        "unit": "piece",
        "unit_grams": 2_900,
        "dispatch_days": 25,
    },
    "stove": {
        "name": "Folding stove",
        "description": "Priced on request, by the fuel it shall burn.",
        "currency": "EUR",
        "unit": "piece",
        "minimum_quantity": Decimal(40),
        "unit_grams": 410,
    },
}
