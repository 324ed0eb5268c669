"""Mutations of policy and exchange rates."""

from typing import Annotated
from uuid import UUID

import strawberry

from app.actions import policies
from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.answers import about
from app.resolvers.context import GIVEN, Info
from app.resolvers.roots import mutation
from app.schema.facts import user_errors
from app.schema.money_inputs import RateSetInput
from app.schema.payloads import PolicyPayload, RatePayload
from app.schema.policy import ExchangeRate, PolicyChange, PolicyVersion
from app.schema.policy_inputs import PolicyChangeInput


@strawberry.type
class PolicyMutations:
    """Policy and exchange rates."""

    @mutation
    async def policy_change(self, info: Info, input: Annotated[PolicyChangeInput, GIVEN]) -> PolicyPayload:
        """An operator adds a version of policy from an instant on, or previews what it would change (FEE-4). Agreed
        orders keep the version they were agreed under.
        """
        context = info.context
        call = context.call("policyChange", input)
        policy_id = None
        try:
            if input.preview:
                changes = await policies.preview(context.kit, call, input.patch(), input.effective_at)
            else:
                policy_id, changes = await policies.change(context.kit, call, input.patch(), input.effective_at)
        except Refusal as refusal:
            return PolicyPayload(policy=None, changes=[], user_errors=user_errors(refusal))
        context.tick()
        return PolicyPayload(
            policy=None if policy_id is None else ref(PolicyVersion, policy_id),
            changes=[PolicyChange(name=each.field, before=each.before, after=each.after) for each in changes],
            user_errors=[],
        )

    @mutation
    async def rate_set(self, info: Info, input: Annotated[RateSetInput, GIVEN]) -> RatePayload:
        """An operator sets an exchange rate from an instant on (FEE-4). Agreed orders keep theirs."""
        kit, call = info.context.kit, info.context.call("rateSet", input)

        async def set_rate() -> UUID:
            return await policies.set_rate(kit, call, input.base, input.quote, input.rate, input.effective_at)

        return await about(info.context, set_rate, RatePayload, rate=ExchangeRate)
