"""Members of a seller who go: their orders pass to a colleague, and nothing of theirs is left behind (DSK-3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.domain import orders
from app.domain.access import Role
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind, Happening
from app.domain.records import Seller
from app.domain.sellers import record
from app.domain.trade import Act, Trade


@dataclass(frozen=True, slots=True)
class Member:
    """An account's place in a seller's company."""

    id: UUID
    seller_id: UUID
    account_id: UUID
    role: Role
    removed_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Handover:
    """The orders of a removed member on their way to a colleague, by their accounts."""

    id: UUID
    seller_id: UUID
    from_id: UUID
    to_id: UUID
    began_at: datetime
    finished_at: datetime | None = None


def remove(
    seller: Seller, act: Act, team: Sequence[Member], member_id: UUID, successor_id: UUID | None
) -> tuple[Seller, Member, Handover, Happening]:
    """The owner removes a member, whose orders go to a colleague, or to an owner where none is named (DSK-3).

    `team` are the seller's members, oldest first. One owner stays.
    """
    active = [member for member in team if member.removed_at is None]
    member = next((each for each in active if each.id == member_id), None)
    if member is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such member of your company.", ("memberId",))
    left = [each for each in active if each is not member]
    owners = [each for each in left if each.role is Role.OWNER]
    if not owners:
        raise Refusal(ErrorCode.STEP_NOT_ALLOWED, "A company keeps an owner; this is its last one.", ("memberId",))
    asked = next((each for each in owners if each.account_id == act.account_id), owners[0])
    successor = asked if successor_id is None else next((each for each in left if each.id == successor_id), None)
    if successor is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such colleague of theirs.", ("successorId",))
    handover = Handover(act.mint.id(), seller.id, member.account_id, successor.account_id, act.now)
    facts = {"member": f"mem_{member.id.hex}", "successor": f"mem_{successor.id.hex}"}
    seller, happening = record(seller, act, EventKind.MEMBER_REMOVED, facts=facts)
    return seller, replace(member, removed_at=act.now), handover, happening


def hand_over(trade: Trade, act: Act, handover: Handover) -> Trade:
    """An order of the removed member becomes their successor's; one that has gone elsewhere meanwhile stays there."""
    if trade.order.salesperson_id != handover.from_id:
        return trade
    return orders.assign(trade, act, handover.to_id)
