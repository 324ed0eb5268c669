"""What the mutations of lanes and freight templates answer."""

import strawberry

from app.schema.facts import UserError
from app.schema.freight import FreightTemplate, Lane
from app.schema.payloads import ERRORS


@strawberry.type(description="A lane.")
class LanePayload:
    """A lane."""

    lane: Lane | None = strawberry.field(description="The lane; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="A freight template.")
class TemplatePayload:
    """A freight template."""

    template: FreightTemplate | None = strawberry.field(description="The template; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)
