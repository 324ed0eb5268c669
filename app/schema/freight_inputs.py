"""What the mutations of lanes and freight templates are given."""

from decimal import Decimal
from typing import Any

import strawberry
from strawberry import ID, UNSET

from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import CargoClass, LaneProvider, TransitUnit
from app.domain.money import minor_units
from app.domain.policy import TransportMode
from app.domain.words import camel
from app.schema.inputs import KEY
from app.schema.scalars import CountryCode


def _optional(description: str) -> Any:
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="A lane, as whoever runs it writes it; prices in USD.")
class LaneInput:
    """A lane, as whoever runs it writes it."""

    name: str = strawberry.field(description="Its name.")
    carrier: str = strawberry.field(description="Who carries the goods.")
    cargo_class: CargoClass = strawberry.field(description="What kind of goods it takes.")
    mode: TransportMode = strawberry.field(description="How the goods travel.")
    origin: CountryCode = strawberry.field(description="The country from which they leave.")
    destinations: list[CountryCode] = strawberry.field(description="The countries it goes to, up to 250.")
    min_days: int = strawberry.field(description="The least days in transit.")
    max_days: int = strawberry.field(description="The most days in transit, up to 180.")
    unit: TransitUnit = strawberry.field(description="Which days they are.")
    base_price: Decimal = strawberry.field(description="What a parcel costs, however light.")
    kilo_price: Decimal = strawberry.field(description="What each kilogram begun costs beside.")


@strawberry.input(description="A new lane of the platform or of a courier.")
class LaneCreateInput:
    """A new lane of the platform or of a courier."""

    idempotency_key: str = strawberry.field(description=KEY)
    provider: LaneProvider = strawberry.field(description="PLATFORM or COURIER.")
    lane: LaneInput = strawberry.field(description="The lane.")
    guaranteed: bool = strawberry.field(default=False, description="Whether delivery by it can be guaranteed.")
    recommended: bool = strawberry.field(default=False, description="Whether the platform recommends it.")


@strawberry.input(description="A new lane of a seller's own; it is never guaranteed.")
class SellerLaneCreateInput:
    """A new lane of a seller's own."""

    idempotency_key: str = strawberry.field(description=KEY)
    lane: LaneInput = strawberry.field(description="The lane.")


@strawberry.input(description="What shall be different of a lane; what is left out stays. Prices in USD.")
class LaneUpdateInput:
    """What shall be different of a lane."""

    lane_id: ID = strawberry.field(description="The lane's id.")
    name: str | None = _optional("Its name.")
    carrier: str | None = _optional("Who carries the goods.")
    cargo_class: CargoClass | None = _optional("What kind of goods it takes.")
    mode: TransportMode | None = _optional("How the goods travel.")
    origin: CountryCode | None = _optional("The country from which they leave.")
    destinations: list[CountryCode] | None = _optional("The countries it goes to, all of them.")
    min_days: int | None = _optional("The least days in transit.")
    max_days: int | None = _optional("The most days in transit.")
    unit: TransitUnit | None = _optional("Which days they are.")
    base_price: Decimal | None = _optional("What a parcel costs, however light.")
    kilo_price: Decimal | None = _optional("What each kilogram begun costs beside.")
    guaranteed: bool | None = _optional("Whether delivery by it can be guaranteed; operators say so.")
    recommended: bool | None = _optional("Whether the platform recommends it; operators say so.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A lane to run no more.")
class LaneRetireInput:
    """A lane to run no more."""

    lane_id: ID = strawberry.field(description="The lane's id.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A new freight template.")
class TemplateCreateInput:
    """A new freight template."""

    idempotency_key: str = strawberry.field(description=KEY)
    name: str = strawberry.field(description="Its name.")
    lane_ids: list[ID] = strawberry.field(
        default_factory=list, description="The lanes it holds: the platform's, couriers' and your own, up to 200."
    )


@strawberry.input(description="What shall be different of a freight template; what is left out stays.")
class TemplateUpdateInput:
    """What shall be different of a freight template."""

    template_id: ID = strawberry.field(description="The template's id.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    lane_ids: list[ID] | None = strawberry.field(
        default=None, description="All the lanes it holds from now on: others are switched off."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Products to bind to a freight template.")
class TemplateBindInput:
    """Products to bind to a freight template."""

    template_id: ID = strawberry.field(description="The template's id.")
    product_ids: list[ID] = strawberry.field(description="Your products, up to 500 at once.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


def lane_patch(given: LaneInput | LaneUpdateInput) -> dict[str, Any]:
    """The columns of a lane that were given, by the domain's names."""
    names = [name for name in given.__dataclass_fields__ if name not in ("lane_id", "idempotency_key")]
    patch = {name: getattr(given, name) for name in names if getattr(given, name) is not UNSET}
    for name, value in patch.items():
        if value is None:
            raise Refusal(ErrorCode.REQUIRED, f"{camel(name)} can be left out, but it cannot be empty.", (camel(name),))
    for name in ("base_price", "kilo_price"):
        if name in patch:
            patch[name] = _cents(patch[name], camel(name))
    if "destinations" in patch:
        patch["destinations"] = tuple(str(country) for country in patch["destinations"])
    return patch


def _cents(amount: Decimal, field: str) -> int:
    try:
        return minor_units(amount, "USD")
    except ValueError as error:
        raise Refusal(ErrorCode.INVALID, f"{amount} USD is not an amount: {error}.", (field,)) from None
