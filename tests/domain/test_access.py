"""Who sees an order at all: parties by their role, drafts, sales, tokens with fewer scopes, strangers."""

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.access import ALL_SCOPES, Actor, By, Role, Scope, Seen, Viewer, party_of
from app.domain.lifecycle import Who
from tests.domain.build import ACTORS, BUYER_ID, SALES_ID, SELLER

AGREED = Seen(SELLER.id, BUYER_ID, SALES_ID, By.SELLER, draft=False)
ELSEWHERE = UUID(int=0xEE)


def seen_by(actor: Actor, order: Seen = AGREED) -> Role | None:
    """The role in which somebody sees an order."""
    return party_of(actor.viewer, order)


@pytest.mark.parametrize("who", [Who.BUYER, Who.OWNER, Who.FINANCE, Who.SALES, Who.OPERATOR])
def test_each_party_sees_it_in_its_role(who: Who) -> None:
    """Section 13: the buyer, the seller's members and operators are parties to it."""
    assert seen_by(ACTORS[who]) == who.value


@pytest.mark.parametrize("who", [Who.BUYER, Who.OWNER, Who.FINANCE, Who.SALES])
def test_a_stranger_sees_nothing(who: Who) -> None:
    """Section 13: another buyer and another seller's members are nobody to the order, whatever its seller sets."""
    stranger = replace(ACTORS[who], account_id=ELSEWHERE, seller_id=None if who is Who.BUYER else ELSEWHERE)
    assert seen_by(stranger) is None
    assert seen_by(ACTORS[who], replace(AGREED, seller_id=ELSEWHERE, buyer_id=None)) is None


@pytest.mark.parametrize("drafter", [By.BUYER, By.SELLER])
def test_a_draft_is_its_drafters_side_alone(drafter: By) -> None:
    """Section 13: a draft is seen by its drafter's side and by operators; submitted, by both."""
    draft = replace(AGREED, drafted_by=drafter, draft=True)
    for who in (Who.BUYER, Who.OWNER, Who.FINANCE, Who.SALES):
        own = ACTORS[who].by is drafter
        assert (seen_by(ACTORS[who], draft) is not None) is own
        assert seen_by(ACTORS[who], replace(draft, draft=False)) is not None
    assert seen_by(ACTORS[Who.OPERATOR], draft) is Role.OPERATOR


@pytest.mark.parametrize("see_all", [True, False])
@pytest.mark.parametrize("assigned", [SALES_ID, ELSEWHERE, None])
def test_sales_see_their_own_or_all(see_all: bool, assigned: UUID | None) -> None:
    """Section 13: sales see the orders assigned to them, or all, as the seller sets it; owner and finance all."""
    order = replace(AGREED, salesperson_id=assigned)
    visible = seen_by(replace(ACTORS[Who.SALES], sales_see_all=see_all), order) is Role.SALES
    assert visible is (see_all or assigned == SALES_ID)
    for who in (Who.OWNER, Who.FINANCE):
        assert seen_by(replace(ACTORS[who], sales_see_all=see_all), order) == who.value


@pytest.mark.parametrize("who", [Who.OWNER, Who.FINANCE, Who.SALES])
def test_a_token_without_finances_looks_as_sales(who: Who) -> None:
    """Section 13: without the scope an owner or finance looks as sales, at all orders, and still acts in their role."""
    cut = replace(ACTORS[who], scopes=ALL_SCOPES - {Scope.FINANCE_READ})
    assert seen_by(cut) is Role.SALES
    assert cut.viewer.acts_as == who.value
    assert seen_by(replace(cut, sales_see_all=False), replace(AGREED, salesperson_id=None)) is (
        None if who is Who.SALES else Role.SALES
    )


@pytest.mark.parametrize("who", [Who.BUYER, Who.OWNER, Who.OPERATOR])
def test_a_token_that_may_not_read_sees_nothing(who: Who) -> None:
    """Section 13: the scopes of a token cut what its maker sees, down to nothing."""
    assert seen_by(replace(ACTORS[who], scopes=ALL_SCOPES - {Scope.ORDERS_READ})) is None
    assert party_of(Viewer(Role.OPERATOR, ELSEWHERE, reads=False), AGREED) is None
