"""Mutations about broken promises: claims and waivers."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from app.actions import claims
from app.actions.work import Call
from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.bulk import one_by_one
from app.resolvers.context import GIVEN, Context, Info
from app.resolvers.orders import act_on_order
from app.resolvers.roots import mutation
from app.schema.claim_inputs import (
    ClaimDecideInput,
    ClaimFileInput,
    ClaimPayload,
    ClaimUndoDecisionInput,
    WaiverGrantInput,
    WaiverPayload,
    WaiverResult,
    WaiverWithdrawInput,
)
from app.schema.claims import Claim, Waiver
from app.schema.facts import user_errors
from app.schema.ids import key
from app.schema.order import Order
from app.schema.payloads import OrderPayload


@strawberry.type
class ClaimMutations:
    """Broken promises."""

    @mutation
    async def claim_file(self, info: Info, input: Annotated[ClaimFileInput, GIVEN]) -> ClaimPayload:
        """Claim the compensation of a broken promise (CLM-1). It succeeds exactly when the order's claim check says so;
        nothing is paid unless the buyer claims, and there is one claim an order, ever.
        """
        made: list[UUID] = []

        async def file(call: Call, order_id: UUID) -> UUID:
            made.append(await claims.file(info.context.kit, call, order_id, input.guarantee, input.text))
            return made[0]

        payload = await act_on_order(info.context, "claimFile", input, input.order_id, file)
        claim = ref(Claim, made[0]) if made else None
        return ClaimPayload(claim=claim, order=payload.order, user_errors=payload.user_errors)

    @mutation
    async def claim_decide(self, info: Info, input: Annotated[ClaimDecideInput, GIVEN]) -> ClaimPayload:
        """An operator approves or rejects a claim, with a reason (CLM-6). Approval issues the coupon and fixes who
        bears it.
        """

        async def decide(call: Call, claim_id: UUID) -> UUID:
            kit, reason, note = info.context.kit, input.reason, input.note
            return await claims.decide(kit, call, claim_id, input.approve, input.rejection, reason, note)

        return await _on_claim(info.context, "claimDecide", input, input.claim_id, decide)

    @mutation
    async def claim_undo_decision(self, info: Info, input: Annotated[ClaimUndoDecisionInput, GIVEN]) -> ClaimPayload:
        """An operator takes a decision back while its coupon was not applied; the claim is under review again."""

        async def undo(call: Call, claim_id: UUID) -> UUID:
            return await claims.undo_decision(info.context.kit, call, claim_id, input.reason)

        return await _on_claim(info.context, "claimUndoDecision", input, input.claim_id, undo)

    @mutation
    async def waiver_grant(self, info: Info, input: Annotated[WaiverGrantInput, GIVEN]) -> WaiverPayload:
        """An operator waives what sellers would bear for something outside anyone's control (CLM-8): for one order or
        many, each granted for itself, at every stage.
        """

        async def grant(at: int, call: Call, order_id: UUID) -> UUID:
            return await claims.waive(info.context.kit, call, order_id, input.compensate, input.reason)

        outcomes, errors = await one_by_one(info.context, "waiverGrant", input, "orderIds", input.order_ids, grant)
        results = [
            WaiverResult(
                order_id=each.order_id,
                waiver=None if each.made is None else ref(Waiver, each.made),
                user_errors=each.errors,
            )
            for each in outcomes
        ]
        return WaiverPayload(results=results, user_errors=errors)

    @mutation
    async def waiver_withdraw(self, info: Info, input: Annotated[WaiverWithdrawInput, GIVEN]) -> OrderPayload:
        """An operator takes a waiver back, while no claim was decided under it."""
        return await act_on_order(
            info.context,
            "waiverWithdraw",
            input,
            input.order_id,
            lambda call, order_id: claims.withdraw_waiver(info.context.kit, call, order_id, input.reason),
        )


async def _on_claim(context: Context, operation: str, input: object, claim_id: ID, act: claims.OnClaim) -> ClaimPayload:
    """Take a step on the named claim; it and its order come back as they are now, if the actor may see them."""
    call = context.call(operation, input)
    try:
        named = key("clm", claim_id, "claimId")
        await act(call, named)
    except Refusal as refusal:
        return ClaimPayload(claim=None, order=None, user_errors=user_errors(refusal))
    context.tick()
    order_id = await claims.order_of_claim(context.kit, named)
    return ClaimPayload(claim=ref(Claim, named), order=ref(Order, order_id), user_errors=[])
