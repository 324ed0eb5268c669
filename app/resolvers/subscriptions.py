"""Subscriptions: every change the moment it happens, resumed by cursor without a loss or a double."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import ID

from app.actions.reading import visible_version
from app.db.feed import Event as Row
from app.domain.access import Role, Viewer
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.events.cursors import event_cursor, order_cursor, parse_order
from app.reads import ref
from app.resolvers.context import Info
from app.resolvers.roots import subscription
from app.schema.ids import key
from app.schema.order import Event, Order
from app.schema.payloads import EventMessage, OrderUpdate

AFTER = strawberry.argument(description="The cursor of the last message you have; what came since is sent first.")


@strawberry.type(description="Everything that is pushed.")
class Subscription:
    """Everything that is pushed."""

    @subscription
    async def order_updates(
        self,
        info: Info,
        order_id: Annotated[ID, strawberry.argument(description="The order's id.")],
        after: Annotated[str | None, AFTER] = None,
    ) -> AsyncGenerator[OrderUpdate, None]:
        """One order, live. Without `after` the first message is a snapshot with its cursor; then every event with the
        order as it now is. With `after`, exactly what was missed, then live.
        """
        context = info.context
        viewer, order = context.signed_in().viewer, key("ord", order_id, "orderId")
        version = await visible_version(context.kit.engine, viewer, order)
        if version is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such order, or you may not see it.", ("orderId",))
        seen = version if after is None else parse_order(after)
        if seen > version:
            raise Refusal(ErrorCode.CURSOR_UNKNOWN, "The order has not come so far; begin with a snapshot.", ("after",))
        async with context.kit.feeds.follow_order(viewer, order, seen) as follower:
            if after is None:
                await context.refresh()
                yield OrderUpdate(cursor=order_cursor(seen), event=None, order=ref(Order, order))
            shown = True
            async for event in follower:
                concerns = _concerns(event, viewer)
                if concerns or (shown and _taken(event, viewer)):
                    await context.refresh()
                    cursor, told = order_cursor(event.version), ref(Event, event.id) if concerns else None
                    yield OrderUpdate(cursor=cursor, event=told, order=ref(Order, order))
                shown = concerns

    @subscription
    async def events(
        self,
        info: Info,
        after: Annotated[str | None, AFTER] = None,
        types: Annotated[
            list[EventKind] | None, strawberry.argument(description="Only these kinds; all if left out.")
        ] = None,
    ) -> AsyncGenerator[EventMessage, None]:
        """The viewer's whole feed, live: as a buyer, a seller or an operator. Without `after` the first message carries
        only the cursor from which it begins, so that nothing is lost if the connection ends before the first event.
        """
        context = info.context
        kinds = None if types is None else frozenset(kind.value for kind in types)
        async with context.kit.feeds.follow_feed(context.signed_in().viewer, after, kinds) as follower:
            if after is None:
                await context.refresh()
                yield EventMessage(cursor=follower.cursor, event=None)
            async for event in follower:
                await context.refresh()
                yield EventMessage(cursor=event_cursor(event), event=ref(Event, event.id))


def _concerns(event: Row, viewer: Viewer) -> bool:
    """Whether an event of an order is the viewer's to hear, as in their whole feed: who it was written for decides, not
    who sees the order by the time it is sent.
    """
    if viewer.role is Role.OPERATOR:
        return True
    if viewer.role is Role.BUYER:
        return event.buyer_id == viewer.account_id
    return event.seller_id == viewer.seller_id and (viewer.sees_all or event.salesperson_id == viewer.account_id)


def _taken(event: Row, viewer: Viewer) -> bool:
    """Whether an event that is not the viewer's to hear says that the order is a colleague's now."""
    return viewer.seller_id is not None and event.seller_id == viewer.seller_id
