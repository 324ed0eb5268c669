"""Access tokens: made, given another text and ended."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import tokens
from app.actions.tokens import Issued
from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.context import GIVEN, Info
from app.resolvers.roots import mutation
from app.schema.facts import user_errors
from app.schema.ids import key
from app.schema.tokens import (
    AccessToken,
    AccessTokenCreateInput,
    AccessTokenIssuedPayload,
    AccessTokenPayload,
    AccessTokenRevokeInput,
    AccessTokenRotateInput,
)

TOLD_ONCE = "The text was told to the first request under this key and is kept nowhere; rotate the token for another."


@strawberry.type
class TokenMutations:
    """Access tokens."""

    @mutation
    async def access_token_create(
        self, info: Info, input: Annotated[AccessTokenCreateInput, GIVEN]
    ) -> AccessTokenIssuedPayload:
        """Make an access token for a program of yours (INT-1): it acts as you, cut by its scopes, until it ends or you
        revoke it. Buyers and owners in person, at most 20 at a time.
        """
        kit, call = info.context.kit, info.context.call("accessTokenCreate", input)
        return await _issued(
            tokens.create(kit, call, input.label, input.scopes, input.expires_at, kit.token_lifetime),
        )

    @mutation
    async def access_token_rotate(
        self, info: Info, input: Annotated[AccessTokenRotateInput, GIVEN]
    ) -> AccessTokenIssuedPayload:
        """Give a token of yours another text, and perhaps a later end (INT-1): the text before goes on for a while, so
        that no request fails meanwhile. Id, scopes and idempotency keys stay. Whoever made it, in person.
        """
        kit, call = info.context.kit, info.context.call("accessTokenRotate", input)

        async def rotate() -> Issued:
            token_id, overlap = key("tok", input.token_id, "tokenId"), timedelta(seconds=input.overlap_seconds)
            return await tokens.rotate(kit, call, token_id, overlap, input.expires_at, kit.token_lifetime)

        return await _issued(rotate())

    @mutation
    async def access_token_revoke(
        self, info: Info, input: Annotated[AccessTokenRevokeInput, GIVEN]
    ) -> AccessTokenPayload:
        """End a token at once, with the connections that are open by it (INT-1): of one's own, or as an owner of one's
        company, also one of a member who went. In person.
        """
        call = info.context.call("accessTokenRevoke", input)
        named: UUID | None = None
        errors = []
        try:
            named = key("tok", input.token_id, "tokenId")
            await tokens.revoke(info.context.kit, call, named)
        except Refusal as refusal:
            errors = user_errors(refusal)
        return AccessTokenPayload(access_token=None if named is None else ref(AccessToken, named), user_errors=errors)


async def _issued(action: Awaitable[Issued]) -> AccessTokenIssuedPayload:
    try:
        issued = await action
    except Refusal as refusal:
        return AccessTokenIssuedPayload(access_token=None, text=None, notice=None, user_errors=user_errors(refusal))
    notice = TOLD_ONCE if issued.text is None else None
    return AccessTokenIssuedPayload(
        access_token=ref(AccessToken, issued.id), text=issued.text, notice=notice, user_errors=[]
    )
