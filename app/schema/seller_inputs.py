"""What mutations of a seller are given: its service, enrolment, quota and desk."""

from decimal import Decimal

import strawberry
from strawberry import ID

from app.schema.inputs import KEY
from app.schema.scalars import CountryCode


@strawberry.input(description="The verification of an enterprise.")
class VerificationInput:
    """The verification of an enterprise."""

    registered_name: str = strawberry.field(description="The name it is registered under.")
    registration_number: str = strawberry.field(description="Its registration number.")
    country: CountryCode = strawberry.field(description="Where it is registered.")
    address: str = strawberry.field(description="Its registered address.")
    legal_representative: str = strawberry.field(description="Who represents it.")


@strawberry.input(description="An application for the trade-assurance service.")
class ServiceApplyInput:
    """An application for the trade-assurance service."""

    verification: VerificationInput | None = strawberry.field(
        default=None, description="The enterprise; needed from a FREE member, a PAID one is active at once."
    )
    documents: list[ID] = strawberry.field(
        default_factory=list, description="Documents that verify it, sent to `/files` before; at most 20."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Joining the on-time dispatch guarantee.")
class EnrolmentJoinInput:
    """Joining the on-time dispatch guarantee."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Leaving the on-time dispatch guarantee.")
class EnrolmentLeaveInput:
    """Leaving the on-time dispatch guarantee."""

    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="How a seller's desk is set up.")
class DeskSettingsChangeInput:
    """How a seller's desk is set up."""

    sales_see_all: bool = strawberry.field(
        description="Whether sales see all orders of the company, or those that are assigned to them."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An operator's decision on an application.")
class ApplicationDecideInput:
    """An operator's decision on an application."""

    application_id: ID = strawberry.field(description="The application's id.")
    approve: bool = strawberry.field(description="Whether the service is opened.")
    reason: str = strawberry.field(description="Why; the seller reads it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A seller's guarantee quota.")
class QuotaSetInput:
    """A seller's guarantee quota."""

    seller_id: ID = strawberry.field(description="The seller's id.")
    limit: Decimal = strawberry.field(description="The limit, in USD.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)
