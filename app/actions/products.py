"""What a seller does with their products, and operators who review them for export by the agent."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.work import Call, Means
from app.db import files, goods
from app.db import sellers as stored
from app.domain import attachments, products
from app.domain.access import Actor, Role, Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Product
from app.domain.records import Seller
from app.domain.trade import Act

_WRITERS = frozenset({Role.OWNER, Role.SALES})
Step = Callable[[AsyncConnection, Product, Act], Awaitable[Product]]


async def create(means: Means, call: Call, patch: products.Patch) -> UUID:
    """Write a new product of one's company; it is not on offer yet (ORD-1)."""
    seller_id = _writer(call)
    async with means.engine.begin() as connection:
        if (made := await work.claim(connection, call)) is not None:
            return made
        seller = await _seller(connection, seller_id)
        await _require_template(connection, seller_id, patch)
        act = call.act(await means.clock.read(connection), means.mint)
        product = products.create(seller, act, patch)
        await work.remember(connection, call, product.id)
        await goods.add(connection, product)
    return product.id


async def change(means: Means, call: Call, product_id: UUID, patch: products.Patch) -> UUID:
    """Replace the named parts of a product."""
    seller_id = _writer(call)

    async def step(connection: AsyncConnection, product: Product, act: Act) -> Product:
        await _require_template(connection, seller_id, patch)
        return products.change(product, act, patch)

    return await _on_product(means, call, product_id, step, seller_id)


async def publish(means: Means, call: Call, product_id: UUID) -> UUID:
    """Put a product on offer."""
    seller_id = _writer(call)

    async def step(connection: AsyncConnection, product: Product, act: Act) -> Product:
        return products.publish(product, await _seller(connection, seller_id), act)

    return await _on_product(means, call, product_id, step, seller_id)


async def withdraw(means: Means, call: Call, product_id: UUID) -> UUID:
    """Take a product off offer."""

    async def step(_: AsyncConnection, product: Product, act: Act) -> Product:
        return products.withdraw(product, act)

    return await _on_product(means, call, product_id, step, _writer(call))


async def review(means: Means, call: Call, product_id: UUID, passed: bool) -> UUID:
    """An operator states the agent's review of a product (FEE-3)."""
    actor = _acting(call)
    if actor.role is not Role.OPERATOR:
        raise Refusal(ErrorCode.FORBIDDEN, "Operators state what the agent's review found.")

    async def step(_: AsyncConnection, product: Product, act: Act) -> Product:
        return products.review(product, act, passed)

    return await _on_product(means, call, product_id, step)


async def attach_pictures(means: Means, call: Call, product_id: UUID, file_ids: Sequence[UUID]) -> UUID:
    """Show a product by pictures that were sent before."""
    seller_id = _writer(call)
    attachments.check_number(file_ids)

    async def step(connection: AsyncConnection, product: Product, act: Act) -> Product:
        offered = await files.waiting(connection, file_ids)
        shown = await files.number_about(connection, product_id)
        for file in attachments.pictures(product, act, offered, file_ids, shown):
            await files.use(connection, file)
        return replace(product, version=product.version + 1, updated_at=act.now)

    return await _on_product(means, call, product_id, step, seller_id)


async def _on_product(
    means: Means,
    call: Call,
    product_id: UUID,
    step: Step,
    seller_id: UUID | None = None,
) -> UUID:
    """Take a step on a product under its lock; NOT_FOUND for whoever may not write on it."""
    async with means.engine.begin() as connection:
        product = await goods.lock(connection, product_id, seller_id)
        if product is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such product of yours.", ("productId",))
        if await work.recall(connection, call) is None:
            _expect(call, product)
            act = call.act(await means.clock.read(connection), means.mint)
            after = await step(connection, product, act)
            await work.remember(connection, call, product_id)
            await goods.save(connection, after)
    return product_id


def _expect(call: Call, product: Product) -> None:
    expected = call.expected_version
    if expected is not None and expected != product.version:
        raise Refusal(
            ErrorCode.VERSION_CONFLICT,
            f"The product is at version {product.version} by now; look at it again before you decide.",
            ("expectedVersion",),
            {"expected": str(expected), "current": str(product.version)},
        )


def _acting(call: Call) -> Actor:
    actor = call.actor
    if actor is None:
        raise Refusal(ErrorCode.FORBIDDEN, "Only a person or a token can do this.")
    work.require_scope(actor, Scope.ORDERS_WRITE)
    return actor


def _writer(call: Call) -> UUID:
    actor = _acting(call)
    if actor.role not in _WRITERS or actor.seller_id is None:
        raise Refusal(ErrorCode.FORBIDDEN, "A seller's owner and sales write its products.")
    return actor.seller_id


async def _seller(connection: AsyncConnection, seller_id: UUID) -> Seller:
    seller = await stored.get(connection, seller_id)
    if seller is None:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such seller.")
    return seller


async def _require_template(connection: AsyncConnection, seller_id: UUID, patch: products.Patch) -> None:
    template_id = patch.get("template_id")
    if template_id is not None and not await goods.has_template(connection, seller_id, template_id):
        raise Refusal(ErrorCode.NOT_FOUND, "You have no such freight template.", ("templateId",))
