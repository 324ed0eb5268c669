"""Access tokens as clients see, make and end them (INT-1)."""

from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, false
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import Role, Scope
from app.reads import Node, column, one, public_id
from app.reads.visibility import Standing
from app.schema.facts import UserError
from app.schema.inputs import KEY
from app.schema.payloads import ERRORS
from app.schema.people import Member


def own_tokens(standing: Standing) -> ColumnElement[bool]:
    """A buyer's own and an owner's company's; a token without every scope is shown none."""
    if not standing.whole:
        return false()
    if standing.role is Role.BUYER:
        return t.access_tokens.c.account_id == standing.account_id
    return t.access_tokens.c.seller_id == standing.seller_id if standing.role is Role.OWNER else false()


@reads.reads(t.access_tokens, prefix="tok", visible=own_tokens)
class AccessToken(Node):
    """What a program holds in place of a person's session: it acts as whoever made it, cut by its scopes. Buyers
    see their own, owners those of their whole company; a token that lacks any scope is shown none.
    """

    id: ID = column(public_id("tok", t.access_tokens.c.id), "The token's id; a rotation does not change it.")
    label: str = column(t.access_tokens.c.label, "What its maker calls it.")
    scopes: list[Scope] = column(reads.as_enums(Scope, t.access_tokens.c.scopes), "What it may be used for.")
    beginning: str | None = column(
        t.access_tokens.c.beginning, "The first letters of its text, to recognize it by; null for one of old."
    )
    maker: Member | None = one(
        t.members.c.account_id == t.access_tokens.c.account_id,
        description="The member who made it and as whom it acts; null for a buyer's own.",
    )
    created_at: datetime = column(t.access_tokens.c.created_at, "When it was made.")
    expires_at: datetime = column(t.access_tokens.c.expires_at, "When it ends by itself.")
    last_used_at: datetime | None = column(
        t.access_tokens.c.last_used_at, "When it was last used, to about a minute; null if it never was."
    )
    previous_text_until: datetime | None = column(
        t.access_tokens.c.previous_until, "Until when the text before the last rotation goes on; null if there is none."
    )
    revoked_at: datetime | None = column(t.access_tokens.c.revoked_at, "When it was revoked.")


@strawberry.input(description="An access token to be made.")
class AccessTokenCreateInput:
    """An access token to be made."""

    label: str = strawberry.field(description="What you call it, such as the name of the program: 1 to 100 characters.")
    scopes: list[Scope] = strawberry.field(description="What it may be used for; as few as will do.")
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="When it ends by itself: 90 days from now at the latest, unless this server is set up otherwise, "
        "and then if left out.",
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="An access token that gets another text.")
class AccessTokenRotateInput:
    """An access token that gets another text."""

    token_id: ID = strawberry.field(description="A token that you made and that works.")
    overlap_seconds: int = strawberry.field(
        default=86_400,
        description="For how many seconds the text before goes on beside the new one, until the program has it: 0 to "
        "604800, and never beyond the end it had. A text older than that ends at once.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="When the token ends from now on; it stays as it is if left out."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="An access token that ends.")
class AccessTokenRevokeInput:
    """An access token that ends."""

    token_id: ID = strawberry.field(description="A token of yours, or of your company.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type(description="An access token and, this once, its text.")
class AccessTokenIssuedPayload:
    """An access token and, this once, its text."""

    access_token: AccessToken | None = strawberry.field(description="The token; null when refused.")
    text: str | None = strawberry.field(
        description="What the program sends as `Authorization: Bearer <text>`. It is told this once and kept nowhere: "
        "null to a retry under the same key, and when refused."
    )
    notice: str | None = strawberry.field(description="Why there is no text and what to do, for people; else null.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type(description="An access token as it is now.")
class AccessTokenPayload:
    """An access token as it is now."""

    access_token: AccessToken | None = strawberry.field(description="The token; null when there is none for you.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)
