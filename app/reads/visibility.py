"""Who may read which rows: the SQL twin of `party_of`, and the rules of the types beside the order.

A rule may branch on the standing alone, which is part of every plan's key; ids only ever enter as places.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true

from app.db import tables as t
from app.domain.access import ALL_SCOPES, SELLER_ROLES, By, Role, Scope, Viewer
from app.reads.binds import VIEWER_ACCOUNT, VIEWER_SELLER

DRAFT = "DRAFT"


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What a statement may depend on of its viewer; nobody has no role, and who is `whole` has every scope there is.

    All who stand alike have one and the same: a plan is looked up by it at every turn.
    """

    role: Role | None
    sees_all: bool
    reads: bool
    whole: bool = True
    shipments: bool = True
    claims: bool = True

    account_id: ClassVar[ColumnElement[UUID]] = VIEWER_ACCOUNT
    seller_id: ClassVar[ColumnElement[UUID]] = VIEWER_SELLER

    @classmethod
    def of(cls, viewer: Viewer | None) -> "Standing":
        """The standing of a viewer."""
        if viewer is None:
            return NOBODY
        return _standing(viewer.role, viewer.sees_all, viewer.reads, viewer.scopes)


NOBODY = Standing(None, False, False)


@lru_cache(maxsize=256)
def _standing(role: Role, sees_all: bool, reads: bool, scopes: frozenset[Scope]) -> Standing:
    shipments, claims = Scope.SHIPMENTS_READ in scopes, Scope.CLAIMS_READ in scopes
    return _alike(role, sees_all, reads, scopes == ALL_SCOPES, shipments, claims)


_alike = cache(Standing)


Rule = Callable[[Standing], ColumnElement[bool]]


def public(standing: Standing) -> ColumnElement[bool]:
    """Everybody, also without a token."""
    return true()


def signed_in(standing: Standing) -> ColumnElement[bool]:
    """Everybody with a token."""
    return true() if standing.role else false()


def of_shipments(standing: Standing) -> ColumnElement[bool]:
    """Whoever may read shipments (INT-4), of what they see."""
    return true() if standing.shipments else false()


def of_claims(standing: Standing) -> ColumnElement[bool]:
    """Whoever may read claims and disputes (INT-4), of what they see."""
    return true() if standing.claims else false()


def operators_only(standing: Standing) -> ColumnElement[bool]:
    """Operators."""
    return true() if standing.role is Role.OPERATOR else false()


def party_to(orders: Any) -> Rule:
    """Those whom `party_of` names a party to an order; `orders` has the columns that it reads."""

    def rule(standing: Standing) -> ColumnElement[bool]:
        if not standing.reads or standing.role is None:
            return false()
        if standing.role is Role.OPERATOR:
            return true()
        if standing.role is Role.BUYER:
            shown = or_(orders.status != DRAFT, orders.drafted_by == By.BUYER.value)
            return and_(orders.buyer_id == standing.account_id, shown)
        shown = or_(orders.status != DRAFT, orders.drafted_by == By.SELLER.value)
        mine = true() if standing.sees_all else orders.salesperson_id == standing.account_id
        return and_(orders.seller_id == standing.seller_id, mine, shown)

    return rule


visible_orders = party_to(t.orders.c)


def seller_only(seller_id: ColumnElement[UUID] | ColumnElement[UUID | None]) -> Rule:
    """The members of the row's seller, and operators."""

    def rule(standing: Standing) -> ColumnElement[bool]:
        if standing.role is Role.OPERATOR:
            return true()
        return seller_id == standing.seller_id if standing.role in SELLER_ROLES else false()

    return rule


def account_only(account_id: ColumnElement[UUID] | ColumnElement[UUID | None]) -> Rule:
    """The row's account, in whatever role, and operators."""

    def rule(standing: Standing) -> ColumnElement[bool]:
        if standing.role is Role.OPERATOR:
            return true()
        return account_id == standing.account_id if standing.role else false()

    return rule
