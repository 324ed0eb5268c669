"""Lanes and freight templates: operators run the platform's and couriers' lanes, sellers their own (DLV-1)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.actions import work
from app.actions.sellers import own_seller, require
from app.actions.work import Call, Means
from app.db import freight
from app.db import sellers as stored
from app.domain import lane_book
from app.domain.access import Role, Scope
from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import Lane, LaneProvider
from app.domain.lane_book import Patch
from app.domain.trade import Act

_OPERATORS = frozenset({Role.OPERATOR})
_WRITERS = frozenset({Role.OWNER, Role.SALES})


async def lane_create(
    means: Means, call: Call, provider: LaneProvider, patch: Patch, demonstration: bool = False
) -> UUID:
    """An operator adds a lane of the platform or of a courier; its id."""
    require(call, _OPERATORS, Scope.ORDERS_WRITE)
    if provider is LaneProvider.SELLER_OWN:
        raise Refusal(ErrorCode.INVALID, "Sellers make lanes of their own: `sellerLaneCreate`.", ("provider",))
    return await _new_lane(means, call, provider, None, patch, lane_book.LANES_MOST, demonstration)


async def own_lane_create(means: Means, call: Call, patch: Patch, demonstration: bool = False) -> UUID:
    """A seller adds a lane of their own, never guaranteed; its id."""
    seller_id = _writer(call)
    return await _new_lane(
        means, call, LaneProvider.SELLER_OWN, seller_id, patch, lane_book.OWN_LANES_MOST, demonstration
    )


async def _new_lane(
    means: Means,
    call: Call,
    provider: LaneProvider,
    seller_id: UUID | None,
    patch: Patch,
    most: int,
    demonstration: bool,
) -> UUID:
    async with means.engine.begin() as connection:
        if (made := await work.claim(connection, call)) is not None:
            return made
        act = await _begun(connection, means, call, seller_id)
        lane_book.check_count(await freight.count_lanes(connection, seller_id), most, "lanes")
        lane = lane_book.create(provider, seller_id, act, patch, demonstration)
        await work.remember(connection, call, lane.id)
        await freight.add_lane(connection, lane)
    return lane.id


async def _begun(connection: AsyncConnection, means: Means, call: Call, seller_id: UUID | None) -> Act:
    """The act of a call; what a seller has is counted under their lock."""
    if seller_id is not None:
        await stored.get(connection, seller_id, lock=True)
    return call.act(await means.clock.read(connection), means.mint)


async def lane_update(means: Means, call: Call, lane_id: UUID, patch: Patch) -> UUID:
    """Change a lane: operators those of the platform and couriers, sellers their own."""
    async with means.engine.begin() as connection:
        lane = await _lane_of(connection, call, lane_id)
        if await work.recall(connection, call) is None:
            after = lane_book.change(lane, patch)
            await work.remember(connection, call, lane_id)
            await freight.save_lane(connection, after)
    return lane_id


async def lane_retire(means: Means, call: Call, lane_id: UUID) -> UUID:
    """Run a lane no more."""
    async with means.engine.begin() as connection:
        lane = await _lane_of(connection, call, lane_id)
        if await work.recall(connection, call) is None:
            act = call.act(await means.clock.read(connection), means.mint)
            after = lane_book.retire(lane, act)
            await work.remember(connection, call, lane_id)
            await freight.save_lane(connection, after)
    return lane_id


async def _lane_of(connection: AsyncConnection, call: Call, lane_id: UUID) -> Lane:
    actor = require(call, _OPERATORS | _WRITERS, Scope.ORDERS_WRITE)
    lane = await freight.lock_lane(connection, lane_id)
    if lane is None or lane.seller_id != actor.seller_id:
        raise Refusal(ErrorCode.NOT_FOUND, "There is no such lane that you run.", ("laneId",))
    return lane


def _writer(call: Call) -> UUID:
    return own_seller(require(call, _WRITERS, Scope.ORDERS_WRITE))


async def template_create(means: Means, call: Call, name: str, lane_ids: Sequence[UUID]) -> UUID:
    """A seller makes a freight template that holds lanes; its id."""
    seller_id = _writer(call)
    async with means.engine.begin() as connection:
        if (made := await work.claim(connection, call)) is not None:
            return made
        act = await _begun(connection, means, call, seller_id)
        have = await freight.count_templates(connection, seller_id)
        lane_book.check_count(have, lane_book.TEMPLATES_MOST, "freight templates")
        held = lane_book.template(seller_id, act, name)
        await _check_lanes(connection, seller_id, lane_ids)
        await work.remember(connection, call, held.id)
        await freight.save_template(connection, held, lane_ids)
    return held.id


async def template_update(
    means: Means, call: Call, template_id: UUID, name: str | None, lane_ids: Sequence[UUID] | None
) -> UUID:
    """Rename a template, or switch lanes on and off: those named are the ones it holds from now on."""
    seller_id = _writer(call)
    async with means.engine.begin() as connection:
        found = await freight.lock_template(connection, template_id, seller_id)
        if found is None:
            raise _no_template()
        if await work.recall(connection, call) is not None:
            return template_id
        held, has = found
        held = held if name is None else lane_book.renamed(held, name)
        if lane_ids is not None:
            # a lane that is retired since may stay where it was
            await _check_lanes(connection, seller_id, [lane_id for lane_id in lane_ids if lane_id not in has])
            lane_book.check_lanes(lane_ids, lane_ids)
        await work.remember(connection, call, template_id)
        await freight.save_template(connection, held, has if lane_ids is None else lane_ids)
    return template_id


async def _check_lanes(connection: AsyncConnection, seller_id: UUID, lane_ids: Sequence[UUID]) -> None:
    lane_book.check_lanes(lane_ids, lane_ids)
    lane_book.check_lanes(lane_ids, await freight.open_to(connection, seller_id, lane_ids))


async def template_bind(means: Means, call: Call, template_id: UUID, product_ids: Sequence[UUID]) -> UUID:
    """Bind products to a template: by its lanes they are sent from now on; the id of the template."""
    seller_id = _writer(call)
    if len(product_ids) > lane_book.BOUND_MOST:
        message = f"At most {lane_book.BOUND_MOST} products at once."
        raise Refusal(ErrorCode.TOO_MANY, message, ("productIds",))
    async with means.engine.begin() as connection:
        if await freight.lock_template(connection, template_id, seller_id) is None:
            raise _no_template()
        if await work.recall(connection, call) is not None:
            return template_id
        now = await means.clock.read(connection)
        bound = await freight.bind(connection, seller_id, template_id, product_ids, now)
        if bound < set(product_ids):
            raise Refusal(ErrorCode.NOT_FOUND, "Of these products not all are yours.", ("productIds",))
        await work.remember(connection, call, template_id)
    return template_id


def _no_template() -> Refusal:
    return Refusal(ErrorCode.NOT_FOUND, "You have no such freight template.", ("templateId",))
