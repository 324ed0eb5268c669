"""Mutations of a seller's members."""

from typing import Annotated

import strawberry

from app.actions import members
from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.context import GIVEN, Info
from app.resolvers.roots import mutation
from app.schema.facts import user_errors
from app.schema.ids import key
from app.schema.members import MemberPayload, MemberRemoveInput
from app.schema.people import Handover, Member


@strawberry.type
class MemberMutations:
    """A seller's members."""

    @mutation
    async def member_remove(self, info: Info, input: Annotated[MemberRemoveInput, GIVEN]) -> MemberPayload:
        """The owner removes a member of the company (DSK-3): they lose their access at once, and their orders are
        handed over to a colleague in the background; `handover` says when that is done. The last owner stays.
        """
        call = info.context.call("memberRemove", input)
        try:
            member_id = key("mem", input.member_id, "memberId")
            successor_id = None if input.successor_id is None else key("mem", input.successor_id, "successorId")
            handover_id = await members.remove(info.context.kit, call, member_id, successor_id)
        except Refusal as refusal:
            return MemberPayload(member=None, handover=None, user_errors=user_errors(refusal))
        info.context.tick()
        return MemberPayload(member=ref(Member, member_id), handover=ref(Handover, handover_id), user_errors=[])
