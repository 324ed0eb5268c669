"""A small market on the real database: a seller with members, a buyer, an operator, and orders brought to any state.

Everything is made through the actions, except the accounts and companies themselves. Names are fresh at every call,
so that tests may share a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.actions import fulfilment, orders, payments
from app.actions.work import Call, Means
from app.db import files
from app.db import tables as t
from app.domain.access import Actor, By, Role
from app.domain.fulfilment import Parcel
from app.domain.funds import Arrival
from app.domain.goods import Attachment, AttachmentPurpose
from app.domain.policy import PaymentMethod
from tests.domain.build import RATES, terms
from tests.means import TestMeans

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Team:
    """A seller with one member a role."""

    id: UUID
    owner: Actor
    sales: Actor
    finance: Actor


@dataclass(frozen=True)
class Market:
    """One seller, one buyer, one operator, and the means to act."""

    means: TestMeans
    seller: Team
    buyer: Actor
    operator: Actor


async def open_market(means: TestMeans, **seller: Any) -> Market:
    """A market with an active seller; `seller` replaces columns of it."""
    await set_rates(means)
    return Market(means, await new_seller(means, **seller), await new_account(means), await new_operator(means))


async def set_rates(means: Means) -> None:
    """The exchange rates of the tests, in force since long ago."""
    rows = [
        {
            "id": means.mint.id(),
            "base": base,
            "quote": quote,
            "rate": rate,
            "effective_at": LONG_AGO,
            "created_by": None,
            "created_at": LONG_AGO,
        }
        for (base, quote), rate in RATES.items()
    ]
    async with means.engine.begin() as connection:
        await connection.execute(upsert(t.exchange_rates).on_conflict_do_nothing(), rows)


async def new_account(means: Means, role: Role = Role.BUYER, seller_id: UUID | None = None, **columns: Any) -> Actor:
    """A fresh account acting in a role; `columns` replaces what stands in its row."""
    account_id = means.mint.id()
    row = {
        "id": account_id,
        "email": f"{role.lower()}.{account_id.hex[-12:]}@example.com",
        "email_verified": True,
        "name": f"{role.capitalize()} {account_id.hex[-4:]}",
        "country": "US" if role is Role.BUYER else "CN",
        "operator": role is Role.OPERATOR,
        "disabled_at": None,
        "created_at": means.clock.now(),
        **columns,
    }
    async with means.engine.begin() as connection:
        await connection.execute(insert(t.accounts).values(row))
        if seller_id is not None:
            member = {
                "id": means.mint.id(),
                "seller_id": seller_id,
                "account_id": account_id,
                "role": str(role),
                "removed_at": None,
                "created_at": means.clock.now(),
            }
            await connection.execute(insert(t.members).values(member))
    return Actor(account_id, row["email"], row["email_verified"], role, seller_id)


async def new_operator(means: Means) -> Actor:
    """A fresh operator."""
    return await new_account(means, Role.OPERATOR)


async def new_seller(means: Means, **columns: Any) -> Team:
    """A fresh seller with an owner, a salesperson and a finance member; active with a quota of 100,000.00 USD."""
    seller_id = means.mint.id()
    row = {
        "id": seller_id,
        "name": f"Seller {seller_id.hex[-6:]}",
        "country": "CN",
        "membership": "PAID",
        "service": "ACTIVE",
        "quota_limit": 100_000_00,
        "sales_see_all": True,
        "version": 0,
        "created_at": means.clock.now(),
        **columns,
    }
    async with means.engine.begin() as connection:
        await connection.execute(insert(t.sellers).values(row))
    members = [await new_account(means, role, seller_id) for role in (Role.OWNER, Role.SALES, Role.FINANCE)]
    return Team(seller_id, *members)


def by(actor: Actor) -> Call:
    """A call of an actor, without a key."""
    return Call(actor.by, actor)


PROVIDER = Call(By.PROVIDER)


async def drafted(market: Market, written: Mapping[str, Any] | None = None) -> UUID:
    """The id of an order drafted by the owner and matched to the buyer; `written` is a contract as of `terms()`."""
    contract = {**(terms() if written is None else written), "email": market.buyer.email}
    order_id = await orders.draft(market.means, by(market.seller.owner), contract, None)
    await orders.match_buyer(market.means, by(market.seller.owner), order_id)
    return order_id


async def submitted(market: Market, written: Mapping[str, Any] | None = None) -> UUID:
    """The id of an order that awaits the buyer."""
    return await orders.submit(market.means, by(market.seller.owner), await drafted(market, written))


async def confirmed(market: Market, written: Mapping[str, Any] | None = None) -> UUID:
    """The id of an agreed order that waits for money."""
    return await orders.confirm(market.means, by(market.buyer), await submitted(market, written))


async def paid(market: Market, written: Mapping[str, Any] | None = None) -> UUID:
    """The id of an order whose instalments are all in."""
    order_id = await confirmed(market, written)
    while (await order_row(market.means, order_id))["fully_paid_at"] is None:
        await pay(market, order_id)
    return order_id


async def dispatched(market: Market, written: Mapping[str, Any] | None = None) -> UUID:
    """The id of an order with everything on its way."""
    order_id = await paid(market, written)
    await fulfilment.dispatch(market.means, by(market.seller.owner), order_id, Parcel("DHL", "1Z 999"))
    return order_id


async def completed(market: Market, written: Mapping[str, Any] | None = None) -> UUID:
    """The id of an order whose goods the buyer has received."""
    return await fulfilment.confirm_receipt(market.means, by(market.buyer), await dispatched(market, written))


async def pay(market: Market, order_id: UUID, amount: int | None = None) -> UUID:
    """The buyer pays the next instalment by card and the provider says so; the id of the receipt.

    `amount` is what arrives, in minor units, if it is another than what was asked.
    """
    means = market.means
    payment_id = await payments.start(means, by(market.buyer), order_id, None, PaymentMethod.VISA, "demonstration")
    payment = await row_of(means, t.payments, payment_id)
    arrival = Arrival(
        method=PaymentMethod.VISA,
        provider="demonstration",
        reference=payment["reference"],
        amount=payment["amount"] if amount is None else amount,
        currency=payment["currency"],
        payer="A buyer",
        value_date=means.clock.now(),
    )
    return await payments.arrive(means, PROVIDER, order_id, arrival)


async def transfer(market: Market, order_id: UUID, amount: int, currency: str = "USD") -> UUID:
    """A transfer of minor units lands on the order's account; the id of the receipt."""
    arrival = Arrival(
        method=PaymentMethod.TT,
        provider="bank",
        reference=market.means.mint.id().hex,
        amount=amount,
        currency=currency,
        payer="A buyer's bank",
        value_date=market.means.clock.now(),
    )
    return await payments.arrive(market.means, PROVIDER, order_id, arrival)


async def uploaded(means: Means, actor: Actor, purpose: AttachmentPurpose) -> UUID:
    """The id of a file that somebody has sent; its content is nowhere."""
    file = Attachment(
        id=means.mint.id(),
        purpose=purpose,
        order_id=None,
        seller_id=None,
        about=None,
        by=actor.by,
        uploaded_by=actor.account_id,
        name="paper.pdf",
        media_type="application/pdf",
        size=1_000,
        sha256="0" * 64,
        uploaded_at=means.clock.real(),
    )
    async with means.engine.begin() as connection:
        await files.add(connection, file)
    return file.id


async def row_of(means: Means, table: Any, id: UUID) -> RowMapping:
    """A row by its id."""
    async with means.engine.connect() as connection:
        return (await connection.execute(select(table).where(table.c.id == id))).mappings().one()


async def order_row(means: Means, order_id: UUID) -> RowMapping:
    """An order's row."""
    return await row_of(means, t.orders, order_id)


async def event_rows(means: Means, order_id: UUID, kind: str | None = None) -> list[RowMapping]:
    """The events of an order (or a seller) in the order of their versions."""
    query = select(t.events).where(t.events.c.subject_id == order_id).order_by(t.events.c.version)
    async with means.engine.connect() as connection:
        rows = (await connection.execute(query if kind is None else query.where(t.events.c.kind == kind))).mappings()
        return list(rows)
