"""The ledger as an order's buyer and its seller book it: a row for each of their accounts in a move (PAY-10)."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from sqlalchemy import ColumnElement, and_, false, select, true, type_coerce
from strawberry import ID

from app import reads
from app.db import tables as t
from app.domain.access import By, Role
from app.domain.disclosure import WITH_LEDGER
from app.domain.ledger import AccountKind, EntryKind
from app.reads import as_enum, column, one
from app.reads.expressions import PublicId
from app.reads.visibility import Standing
from app.schema.coupons import Recovery
from app.schema.disputes import Dispute
from app.schema.money import Money, money

if TYPE_CHECKING:
    from app.schema.order import Order, Receipt

TheOrder = Annotated["Order", strawberry.lazy("app.schema.order")]
TheReceipt = Annotated["Receipt", strawberry.lazy("app.schema.order")]

p = t.postings.c
ORDER: tuple[ColumnElement[Any], ...] = (p.sequence, p.place, p.id)


def own_postings(standing: Standing) -> ColumnElement[bool]:
    """Each side sees what it books itself, sales nothing, and operators both (section 13)."""
    if standing.role not in WITH_LEDGER or not standing.reads:
        return false()
    if standing.role is Role.OPERATOR:
        return true()
    if standing.role is Role.BUYER:
        bought = select(1).where(t.orders.c.id == p.order_id, t.orders.c.buyer_id == standing.account_id)
        return and_(p.side == By.BUYER.value, bought.exists())
    return and_(p.side == By.SELLER.value, p.seller_id == standing.seller_id)


@reads.reads(t.postings, visible=own_postings)
class Posting:
    """A row to book: what one move of the ledger did to one account. It is only ever added, and never changes.

    The seller books three accounts: ESCROW, what is held of their orders' money; SELLER, their balance; RECEIVABLE,
    what they owe the platform. The buyer books WORLD, their bank. The rows of an account add up to what stands on it.
    """

    id: ID = column(
        cast("ColumnElement[ID]", type_coerce(p.id, PublicId("pst"))),
        "The row's id, the same for ever: who books by it books nothing twice.",
    )
    at: datetime = column(p.at, "When it was written.")
    side: By = column(as_enum(By, p.side), "Whose row it is: the buyer's or the seller's.")
    kind: EntryKind = column(as_enum(EntryKind, p.kind), "What it records.")
    account: AccountKind = column(as_enum(AccountKind, p.account), "Which account of that side it changes.")
    counterpart: AccountKind | None = column(
        as_enum(AccountKind, p.counterpart),
        "Where it came from, or went: of a refund WORLD is the buyer's money and SUBSIDY the coupon's; null to the "
        "buyer for an account of the seller.",
    )
    amount: Money = money(p.amount, p.currency, "What the account gained; negative for what it lost.")
    receipt: TheReceipt | None = one(t.receipts.c.id == p.cause, description="The receipt it is for.")
    dispute: Dispute | None = one(t.disputes.c.id == p.cause, description="The dispute that it settles.")
    recovery: Recovery | None = one(
        t.recoveries.c.id == p.cause, description="What the seller owes, or paid back; null for whom it is hidden."
    )
    order: TheOrder | None = one(
        t.orders.c.id == p.order_id,
        description="The order whose ledger it stands in; null for what belongs to the seller alone.",
    )
