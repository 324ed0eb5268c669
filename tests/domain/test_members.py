"""Members who go: who can be removed, and to whom their orders pass (DSK-3)."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain import members
from app.domain.access import SELLER_SIDE, By, Role
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import AUDIENCE, EventKind
from app.domain.lifecycle import Who
from app.domain.members import Handover, Member
from tests.domain.build import ACTORS, SALES_ID, SELLER, START, act, confirmed

OWNER_ID, FINANCE_ID = ACTORS[Who.OWNER].account_id, ACTORS[Who.FINANCE].account_id
OTHER_ID = UUID(int=0xB9)


def member(number: int, account_id: UUID, role: Role) -> Member:
    """A member of the tests' seller."""
    return Member(UUID(int=number), SELLER.id, account_id, role, None, START)


OWNER, SALES = member(1, OWNER_ID, Role.OWNER), member(2, SALES_ID, Role.SALES)
FINANCE, PARTNER = member(3, FINANCE_ID, Role.FINANCE), member(4, OTHER_ID, Role.OWNER)
TEAM = [PARTNER, OWNER, SALES, FINANCE]


def handover(member_id: UUID, successor_id: UUID | None = None, team: list[Member] | None = None) -> Handover:
    """What the owner's removal of a member begins."""
    return members.remove(SELLER, act(Who.OWNER), team or TEAM, member_id, successor_id)[2]


def test_orders_pass_to_a_colleague_or_to_the_owner() -> None:
    """DSK-3: to whoever is named, else to the owner who removes, else to another owner."""
    for successor_id, to in ((FINANCE.id, FINANCE_ID), (None, OWNER_ID)):
        made = handover(SALES.id, successor_id)
        assert (made.from_id, made.to_id, made.began_at, made.finished_at) == (SALES_ID, to, START, None)
    assert handover(OWNER.id).to_id == OTHER_ID


def test_whoever_is_removed_is_told_of() -> None:
    """DSK-3: the seller's side hears who went and who takes over; the member is one no more."""
    seller, gone, _, happening = members.remove(SELLER, act(Who.OWNER), TEAM, SALES.id, None)
    assert (gone.id, gone.removed_at) == (SALES.id, START)
    assert (seller.version, happening.version) == (SELLER.version + 1,) * 2
    assert happening.kind is EventKind.MEMBER_REMOVED
    assert happening.facts == {"member": f"mem_{SALES.id.hex}", "successor": f"mem_{OWNER.id.hex}"}
    assert AUDIENCE[EventKind.MEMBER_REMOVED] == SELLER_SIDE


@pytest.mark.parametrize(
    ("team", "member_id", "successor_id", "code", "field"),
    [
        (TEAM, UUID(int=9), None, ErrorCode.NOT_FOUND, "memberId"),
        ([OWNER, replace(SALES, removed_at=START)], SALES.id, None, ErrorCode.NOT_FOUND, "memberId"),
        (TEAM, SALES.id, SALES.id, ErrorCode.NOT_FOUND, "successorId"),
        (TEAM, SALES.id, UUID(int=9), ErrorCode.NOT_FOUND, "successorId"),
        ([*TEAM[:3], replace(FINANCE, removed_at=START)], SALES.id, FINANCE.id, ErrorCode.NOT_FOUND, "successorId"),
        ([OWNER, SALES], OWNER.id, SALES.id, ErrorCode.STEP_NOT_ALLOWED, "memberId"),
        ([OWNER, replace(PARTNER, removed_at=START)], OWNER.id, None, ErrorCode.STEP_NOT_ALLOWED, "memberId"),
    ],
)
def test_who_cannot_be_removed_and_who_cannot_take_over(
    team: list[Member], member_id: UUID, successor_id: UUID | None, code: ErrorCode, field: str
) -> None:
    """DSK-3: only who is a member, and never the last owner; only another member takes over."""
    with pytest.raises(Refusal) as refused:
        handover(member_id, successor_id, team)
    assert (refused.value.code, refused.value.field) == (code, (field,))


def test_an_order_is_handed_over_unless_it_has_gone_elsewhere() -> None:
    """DSK-3, ORD-13: by time, told like any other assignment; what somebody assigned meanwhile stays."""
    trade = replace(confirmed(), salespeople=frozenset({SALES_ID, FINANCE_ID}))
    trade = trade.change(salesperson_id=OWNER_ID)
    given = members.hand_over(trade, act(Who.TIME), replace(handover(OWNER.id), to_id=FINANCE_ID))
    assert given.order.salesperson_id == FINANCE_ID
    event = given.happenings[-1]
    assert (event.kind, event.by, event.by_account_id) == (EventKind.SALESPERSON_ASSIGNED, By.TIME, None)
    assert members.hand_over(given, act(Who.TIME), handover(OWNER.id)) is given
