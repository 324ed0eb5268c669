"""Subscriptions: every change the moment it happens, resumed by cursor without a loss or a double."""

from collections.abc import AsyncIterable
from typing import Annotated

import strawberry
from strawberry import ID

from app.actions.reading import visible_version
from app.db.feed import Event as Row
from app.domain.access import Role, Viewer
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.events.cursors import event_cursor, feed_cursor, order_cursor, parse_order
from app.events.live import Live, Told
from app.reads import ref
from app.resolvers.context import Onlooking
from app.resolvers.lists import ListSubscriptions
from app.resolvers.roots import subscription
from app.schema.ids import key
from app.schema.order import Event, Order
from app.schema.payloads import EventMessage, OrderUpdate

AFTER = strawberry.argument(description="The cursor of the last message you have; what came since is sent first.")


@strawberry.type(description="Everything that is pushed.")
class Subscription(ListSubscriptions):
    """Everything that is pushed."""

    @subscription
    async def order_updates(
        self,
        info: Onlooking,
        order_id: Annotated[ID, strawberry.argument(description="The order's id.")],
        after: Annotated[str | None, AFTER] = None,
    ) -> AsyncIterable[OrderUpdate]:
        """One order, live. Without `after` the first message is a snapshot with its cursor; then every event with the
        order as it now is. With `after`, exactly what was missed, then live.
        """
        looks = info.context
        viewer, order = looks.signed_in(), key("ord", order_id, "orderId")
        version = await visible_version(looks.kit.engine, viewer, order)
        if version is None:
            raise Refusal(ErrorCode.NOT_FOUND, "There is no such order, or you may not see it.", ("orderId",))
        last = version

        def message(version: int, event: Event | None) -> OrderUpdate:
            return OrderUpdate(cursor=order_cursor(version), event=event, order=ref(Order, order))

        async def opening() -> OrderUpdate:
            return message(at, None)

        def tell(event: Row) -> Told[OrderUpdate] | None:
            if _concerns(event, viewer):
                return Told(message(event.version, ref(Event, event.id)))
            return Told(message(event.version, None), parting=True) if _taken(event, viewer) else None

        async def resume(cursor: str) -> int:
            seen = parse_order(cursor)
            if seen > last:
                raise Refusal(
                    ErrorCode.CURSOR_UNKNOWN, "The order has not come so far; begin with a snapshot.", ("after",)
                )
            return seen

        feeds, at = looks.kit.feeds, last if after is None else await resume(after)
        first = opening if after is None else None
        return Live(feeds, feeds.order_of(viewer, order), at, order_cursor(at), first, tell, resume, looks.refresh)

    @subscription
    async def events(
        self,
        info: Onlooking,
        after: Annotated[str | None, AFTER] = None,
        types: Annotated[
            list[EventKind] | None, strawberry.argument(description="Only these kinds; all if left out.")
        ] = None,
    ) -> AsyncIterable[EventMessage]:
        """The viewer's whole feed, live: as a buyer, a seller or an operator. Without `after` the first message carries
        only the cursor from which it begins, so that nothing is lost if the connection ends before the first event.
        """
        looks = info.context
        viewer, feeds = looks.signed_in(), looks.kit.feeds
        kinds = None if types is None else frozenset(kind.value for kind in types)

        def tell(event: Row) -> Told[EventMessage]:
            return Told(EventMessage(cursor=event_cursor(event), event=ref(Event, event.id)))

        async def opening() -> EventMessage:
            return EventMessage(cursor=cursor, event=None)

        async def resume(cursor: str) -> int:
            return (await feeds.mark(cursor)).position

        mark = await feeds.mark(after)
        cursor, stream = feed_cursor(mark), feeds.feed_of(viewer, kinds)
        first = opening if after is None else None
        return Live(feeds, stream, mark.position, cursor, first, tell, resume, looks.refresh)


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
