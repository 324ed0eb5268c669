"""The made-up lanes of the demonstration: 32 guaranteed ones of the platform, three couriers, and a seller's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.domain.goods import CargoClass, LaneProvider, TransitUnit
from app.domain.policy import TransportMode

GENERAL, BEAUTY, EXTRACTS, BATTERY = CargoClass
AIR, SEA, LAND, EXPRESS, MULTIMODAL = TransportMode
CALENDAR, BUSINESS = TransitUnit
EUROPE = ("DE", "ES", "FR", "IT", "NL", "PL")
# every country the couriers of the demonstration fly to
ANYWHERE = ("AE", "AU", "BR", "CA", "DE", "ES", "FR", "GB", "IT", "JP", "MX", "NL", "NZ", "PL", "SG", "US", "ZA")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A lane of the demonstration, under the name by which it is made once."""

    provider: LaneProvider
    name: str
    patch: dict[str, Any]


_RECOMMENDED = frozenset({"US air, general", "Europe rail, general", "GB air, general", "US express, battery"})


def _sheet(
    provider: LaneProvider,
    name: str,
    carrier: str,
    cargo_class: CargoClass,
    mode: TransportMode,
    destinations: tuple[str, ...],
    days: tuple[int, int, TransitUnit],
    prices: tuple[int, int],
) -> Sheet:
    patch = {
        "name": name,
        "carrier": carrier,
        "cargo_class": cargo_class,
        "mode": mode,
        "origin": "CN",
        "destinations": destinations,
        "min_days": days[0],
        "max_days": days[1],
        "unit": days[2],
        "base_price": prices[0],
        "kilo_price": prices[1],
    }
    if provider is not LaneProvider.SELLER_OWN:
        patch |= {"guaranteed": True, "recommended": name in _RECOMMENDED}
    return Sheet(provider, name, patch)


# region, countries, and by air and sea: days in transit
_REGIONS: tuple[tuple[str, tuple[str, ...], tuple[int, int], tuple[int, int]], ...] = (
    ("US", ("US",), (5, 7), (20, 30)),
    ("Canada", ("CA",), (5, 8), (22, 32)),
    ("GB", ("GB",), (5, 7), (25, 34)),
    ("Europe", EUROPE, (5, 8), (26, 35)),
    ("Australia", ("AU", "NZ"), (6, 9), (15, 24)),
    ("Brazil", ("BR",), (8, 14), (30, 38)),
    ("Mexico", ("MX",), (7, 11), (22, 31)),
    ("Japan", ("JP",), (3, 5), (6, 12)),
)


def _platform() -> Iterator[Sheet]:
    """32 lanes: by air and sea to eight regions, and what flies quickly or rolls to some of them."""
    platform = LaneProvider.PLATFORM
    for region, countries, air, sea in _REGIONS:
        yield _sheet(
            platform, f"{region} air, general", "Blue Wing", GENERAL, AIR, countries, (*air, BUSINESS), (800, 620)
        )
        yield _sheet(
            platform, f"{region} sea, general", "Ocean Vale", GENERAL, SEA, countries, (*sea, CALENDAR), (2400, 90)
        )
        yield _sheet(
            platform, f"{region} air, beauty", "Blue Wing", BEAUTY, AIR, countries, (*air, BUSINESS), (1100, 740)
        )
    express = ("US", "GB", "Japan", "Australia")
    for region, countries, air, _ in _REGIONS:
        if region in express:
            days = (max(air[0] - 2, 1), air[1] - 2, BUSINESS)
            yield _sheet(
                platform, f"{region} express, battery", "Swift Parcel", BATTERY, EXPRESS, countries, days, (1500, 980)
            )
    yield _sheet(platform, "Europe rail, general", "Silk Rail", GENERAL, LAND, EUROPE, (16, 22, CALENDAR), (1800, 210))
    yield _sheet(platform, "Europe rail, battery", "Silk Rail", BATTERY, LAND, EUROPE, (17, 24, CALENDAR), (2100, 260))
    yield _sheet(platform, "US air, plant extracts", "Blue Wing", EXTRACTS, AIR, ("US",), (6, 9, BUSINESS), (1300, 810))
    yield _sheet(
        platform, "Europe air, plant extracts", "Blue Wing", EXTRACTS, AIR, EUROPE, (6, 10, BUSINESS), (1300, 830)
    )


def _couriers() -> Iterator[Sheet]:
    courier = LaneProvider.COURIER
    for carrier, days, prices in (
        ("DHL", (3, 5), (3200, 950)),
        ("FedEx", (3, 6), (3000, 930)),
        ("UPS", (4, 6), (2900, 940)),
    ):
        yield _sheet(courier, carrier, carrier, GENERAL, EXPRESS, ANYWHERE, (*days, BUSINESS), prices)


def _own() -> Iterator[Sheet]:
    own = LaneProvider.SELLER_OWN
    yield _sheet(
        own, "Own forwarder, sea", "Ningbo Forwarding", GENERAL, SEA, ("DE", "NL", "US"), (28, 45, CALENDAR), (900, 60)
    )
    yield _sheet(own, "Own truck", "Blue Lantern's fleet", GENERAL, LAND, ("KZ", "MN"), (6, 12, CALENDAR), (5000, 0))
    yield _sheet(
        own, "Own sea and rail", "Ningbo Forwarding", BATTERY, MULTIMODAL, EUROPE, (24, 40, CALENDAR), (1200, 110)
    )


PLATFORM = tuple(_platform())
COURIERS = tuple(_couriers())
OWN = tuple(_own())
# Which of them the demonstration's seller has switched on, for which of the products on the shelf
TEMPLATES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Worldwide, general": (
        tuple(sheet.name for sheet in (*PLATFORM, *COURIERS, *OWN) if sheet.patch["cargo_class"] is GENERAL),
        ("cup", "mat"),
    ),
    "Batteries": (
        tuple(sheet.name for sheet in (*PLATFORM, *OWN) if sheet.patch["cargo_class"] is BATTERY),
        ("lantern",),
    ),
}
