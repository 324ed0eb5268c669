"""Mutations of products, and buying them at once."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import ID

from app.actions import orders, products
from app.actions.work import Call
from app.domain.errors import Refusal
from app.reads import ref
from app.resolvers.answers import about
from app.resolvers.context import GIVEN, Context, Info
from app.resolvers.roots import mutation
from app.schema.facts import user_errors
from app.schema.ids import key
from app.schema.order import Order
from app.schema.payloads import OrderPayload, ProductPayload
from app.schema.product_inputs import (
    OrderPlaceInput,
    ProductCreateInput,
    ProductReviewInput,
    ProductStepInput,
    ProductUpdateInput,
    product_patch,
)
from app.schema.products import Product

_CONTACT = {"recipient", "email", "phone", "lines", "city", "region", "postalCode", "country"}


@strawberry.type
class ProductMutations:
    """Products, and buying them at once."""

    @mutation
    async def product_create(self, info: Info, input: Annotated[ProductCreateInput, GIVEN]) -> ProductPayload:
        """Write a new product (ORD-1); it goes on offer with `productPublish`. The seller's owner or sales."""
        kit, call = info.context.kit, info.context.call("productCreate", input)

        async def create() -> UUID:
            return await products.create(kit, call, product_patch(input))

        return await about(info.context, create, ProductPayload, product=Product)

    @mutation
    async def product_update(self, info: Info, input: Annotated[ProductUpdateInput, GIVEN]) -> ProductPayload:
        """Change a product; agreed orders keep what was agreed. Another name, description or cargo class is for the
        agent to review again.
        """
        kit = info.context.kit
        return await on_product(
            info.context,
            "productUpdate",
            input,
            input.product_id,
            lambda call, product_id: products.change(kit, call, product_id, product_patch(input)),
        )

    @mutation
    async def product_publish(self, info: Info, input: Annotated[ProductStepInput, GIVEN]) -> ProductPayload:
        """Put a product on offer, once the trade-assurance service is active (SVC-3)."""
        kit = info.context.kit
        return await on_product(
            info.context,
            "productPublish",
            input,
            input.product_id,
            lambda call, product_id: products.publish(kit, call, product_id),
        )

    @mutation
    async def product_withdraw(self, info: Info, input: Annotated[ProductStepInput, GIVEN]) -> ProductPayload:
        """Take a product off offer; orders that hold it stay as they are."""
        kit = info.context.kit
        return await on_product(
            info.context,
            "productWithdraw",
            input,
            input.product_id,
            lambda call, product_id: products.withdraw(kit, call, product_id),
        )

    @mutation
    async def product_review(self, info: Info, input: Annotated[ProductReviewInput, GIVEN]) -> ProductPayload:
        """An operator states whether a product passed the agent's review, which export by the agent asks for (FEE-3);
        stated otherwise again, it is undone.
        """
        kit = info.context.kit
        return await on_product(
            info.context,
            "productReview",
            input,
            input.product_id,
            lambda call, product_id: products.review(kit, call, product_id, input.passed),
        )

    @mutation
    async def order_place(self, info: Info, input: Annotated[OrderPlaceInput, GIVEN]) -> OrderPayload:
        """Buy now (ORD-1): products that are ready to ship, at their published prices, by a chosen lane. It is the
        seller's standing offer: the order is agreed by placing it and waits for payment.
        """
        context = info.context
        call = context.call("orderPlace", input)
        try:
            order_id = await orders.place(context.kit, call, input.purchase())
        except Refusal as refusal:
            return OrderPayload(order=None, user_errors=user_errors(_as_given(refusal)))
        context.tick()
        return OrderPayload(order=ref(Order, order_id), user_errors=[])


def _as_given(refusal: Refusal) -> Refusal:
    """The refusal with the paths of this input, which has no contract of its own."""
    path = refusal.field
    if path[:2] == ("contract", "items"):
        path = ("lines", *path[2:])
    elif path[:1] == ("contract",):
        path = ("contact", *path[1:]) if set(path[1:2]) & _CONTACT else path[1:]
    also = [_as_given(other) for other in refusal.also]
    return Refusal(refusal.code, refusal.message, path, refusal.params, also)


async def on_product(
    context: Context, operation: str, input: object, product: ID, act: Callable[[Call, UUID], Awaitable[UUID]]
) -> ProductPayload:
    """Act on the named product; it comes back as it is now either way, if the actor may see it."""
    call = context.call(operation, input)
    named: UUID | None = None
    refused: Refusal | None = None
    try:
        named = key("prd", product, "productId")
        await act(call, named)
    except Refusal as refusal:
        refused = refusal
    context.tick()
    return ProductPayload(
        product=None if named is None else ref(Product, named), user_errors=user_errors(refused) if refused else []
    )
