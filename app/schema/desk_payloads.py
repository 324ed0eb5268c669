"""What mutations of the seller's desk answer."""

import strawberry

from app.schema.desk import PrivateNote
from app.schema.facts import UserError
from app.schema.order import Order
from app.schema.payloads import ERRORS


@strawberry.type(description="A private note and its order.")
class NotePayload:
    """A private note and its order."""

    note: PrivateNote | None = strawberry.field(description="The note; null when refused.")
    order: Order | None = strawberry.field(description="Its order as it is now.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)
