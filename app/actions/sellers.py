"""What is done to a seller: opening the service, the quota, withdrawals. The seller's row is locked first."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.work import Call, Means
from app.db import files, ledger, policies
from app.db import sellers as stored
from app.db import tables as t
from app.db.rows import values_of
from app.domain import sellers
from app.domain.access import Actor, Role, Scope, require_person
from app.domain.errors import ErrorCode, Refusal
from app.domain.policy import WithdrawalRoute
from app.domain.records import Seller
from app.domain.sellers import Verification
from app.domain.trade import Act


@asynccontextmanager
async def on_seller(means: Means, call: Call, seller_id: UUID) -> AsyncIterator[tuple[AsyncConnection, Seller, Act]]:
    """A transaction on one locked seller; it is committed and rung for when the block ends well."""
    async with means.engine.begin() as connection:
        seller = await stored.get(connection, seller_id, lock=True)
        if seller is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such seller.", ("sellerId",))
        yield connection, seller, call.act(await means.clock.read(connection), means.mint)
    means.feeds.committed()


def require(call: Call, roles: frozenset[Role], scope: Scope) -> Actor:
    """The actor, who must have one of these roles, and with a token this scope."""
    actor = _in_role(call, roles)
    work.require_scope(actor, scope)
    return actor


def require_in_person(call: Call, roles: frozenset[Role]) -> Actor:
    """The actor, who must have one of these roles, and come without an access token (INT-2)."""
    actor = _in_role(call, roles)
    require_person(actor)
    return actor


def _in_role(call: Call, roles: frozenset[Role]) -> Actor:
    actor = call.actor
    if actor is None or actor.role not in roles:
        names = " or ".join(sorted(roles)).lower()
        raise Refusal(ErrorCode.FORBIDDEN, f"This is for {names} only.")
    return actor


def own_seller(actor: Actor) -> UUID:
    """The seller whose member the actor is."""
    if actor.seller_id is None:
        raise Refusal(ErrorCode.FORBIDDEN, "This is for members of a seller only.")
    return actor.seller_id


async def apply(means: Means, call: Call, form: Verification | None, documents: Sequence[UUID] = ()) -> UUID:
    """Apply for the trade-assurance service (SVC-1), with the documents that verify it; the id of the seller."""
    actor = require_in_person(call, frozenset({Role.OWNER}))
    async with on_seller(means, call, own_seller(actor)) as (connection, seller, act):
        if await work.recall(connection, call) is not None:
            return seller.id
        after, application, happening = sellers.apply(seller, act, form)
        await work.remember(connection, call, seller.id)
        if application is not None:
            await connection.execute(insert(t.applications).values(values_of(application)))
            offered = await files.waiting(connection, documents)
            for file in sellers.documents(application, act, offered, documents):
                await files.use(connection, file)
        await stored.save(connection, after, [happening])
    return seller.id


async def decide(means: Means, call: Call, application_id: UUID, approve: bool, reason: str) -> UUID:
    """Decide an application (SVC-1); the id of the seller."""
    require_in_person(call, frozenset({Role.OPERATOR}))
    async with means.engine.connect() as connection:
        found = await stored.application(connection, application_id)
    if found is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such application.", ("applicationId",))
    async with on_seller(means, call, found.seller_id) as (connection, seller, act):
        if await work.recall(connection, call) is not None:
            return seller.id
        application = await stored.application(connection, application_id) or found
        after, decided, happening = sellers.decide(seller, application, act, approve, reason)
        await work.remember(connection, call, seller.id)
        await connection.execute(
            update(t.applications).where(t.applications.c.id == application_id).values(values_of(decided))
        )
        await stored.save(connection, after, [happening])
    return seller.id


async def set_quota(means: Means, call: Call, seller_id: UUID, limit: int, reason: str) -> UUID:
    """Set a seller's guarantee quota, in USD cents (SVC-2)."""
    require_in_person(call, frozenset({Role.OPERATOR}))
    async with on_seller(means, call, seller_id) as (connection, seller, act):
        if await work.recall(connection, call) is None:
            after, happening = sellers.set_quota(seller, act, limit, reason)
            await work.remember(connection, call, seller_id)
            await stored.save(connection, after, [happening])
    return seller_id


async def set_desk(means: Means, call: Call, sales_see_all: bool) -> UUID:
    """Set up one's own desk (DSK-3); the id of the seller."""
    actor = require_in_person(call, frozenset({Role.OWNER}))
    async with on_seller(means, call, own_seller(actor)) as (connection, seller, act):
        if await work.recall(connection, call) is None:
            after, happenings = sellers.set_desk(seller, act, sales_see_all)
            await work.remember(connection, call, seller.id)
            await stored.save(connection, after, happenings)
    return seller.id


async def withdraw(means: Means, call: Call, amount: int, currency: str, wanted: WithdrawalRoute | None = None) -> UUID:
    """Withdraw from the balance by a route of the seller's released orders (PAY-8); the id of the withdrawal."""
    actor = require(call, frozenset({Role.OWNER, Role.FINANCE}), Scope.FINANCE_WRITE)
    async with on_seller(means, call, own_seller(actor)) as (connection, seller, act):
        if (known := await work.recall(connection, call)) is not None:
            return known
        policy = await policies.in_force(connection, act.now)
        owed = await stored.owed(connection, seller.id, currency)
        balance = await stored.balance(connection, seller.id, currency)
        tail = await stored.tail(connection, seller.id)
        route = str(sellers.route_of(policy, await stored.released_methods(connection, seller.id), wanted))
        made = sellers.withdraw(seller, act, balance, owed, amount, currency, route, tail)
        await work.remember(connection, call, made.withdrawal.id)
        await ledger.post(connection, made.entries)
        await stored.collect(connection, made.recoveries, made.collections)
        await connection.execute(insert(t.withdrawals).values(values_of(made.withdrawal)))
        await stored.save(connection, made.seller, made.happenings)
    return made.withdrawal.id
