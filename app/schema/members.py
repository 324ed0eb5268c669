"""What removing a member is given, and what it answers (DSK-3)."""

import strawberry
from strawberry import ID

from app.schema.facts import UserError
from app.schema.inputs import KEY
from app.schema.payloads import ERRORS
from app.schema.people import Handover, Member


@strawberry.input(description="A member who goes, and who takes over their orders.")
class MemberRemoveInput:
    """A member who goes, and who takes over their orders."""

    member_id: ID = strawberry.field(description="The member of your company.")
    successor_id: ID | None = strawberry.field(
        default=None, description="The colleague who takes over their orders; an owner if left out, yourself first."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="A removed member, and the handover of their orders.")
class MemberPayload:
    """A removed member, and the handover of their orders."""

    member: Member | None = strawberry.field(description="The member as they are now; null when refused.")
    handover: Handover | None = strawberry.field(description="What becomes of their orders; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)
