"""The feed by polling: what happened, page by page, and which orders it changed."""

from typing import Annotated

import strawberry
from strawberry import ID

from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.events.cursors import event_cursor
from app.reads import ref
from app.resolvers.context import Info
from app.resolvers.roots import query
from app.schema.order import Event, Order
from app.schema.payloads import ChangedOrder, ChangedOrders, EventMessage, EventPage

MOST = 100


@strawberry.type
class FeedQueries:
    """The viewer's feed, for whoever comes now and then."""

    @query
    async def events(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="At most how many, up to 100.")] = 50,
        after: Annotated[
            str | None, strawberry.argument(description="A cursor of this feed; the oldest event served if left out.")
        ] = None,
        types: Annotated[
            list[EventKind] | None, strawberry.argument(description="Only these kinds; all if left out.")
        ] = None,
    ) -> EventPage | None:
        """The viewer's whole feed, page by page: the same events and cursors as the subscription `events`."""
        viewer = info.context.signed_in().viewer
        _check(first)
        kinds = None if types is None else frozenset(kind.value for kind in types)
        found = await info.context.kit.feeds.page(viewer, after, first, kinds)
        return EventPage(
            messages=[EventMessage(cursor=event_cursor(event), event=ref(Event, event.id)) for event in found.events],
            end_cursor=found.end_cursor,
            has_next_page=found.has_next,
        )

    @query
    async def changed_orders(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description="At most how many events are looked at for changes, up to 100.")
        ] = MOST,
        after: Annotated[
            str | None,
            strawberry.argument(description="The cursor up to which you know all; none if left out."),
        ] = None,
    ) -> ChangedOrders | None:
        """The orders that changed since a cursor of the viewer's feed, each once and as it is now. Without `after`
        there are none, and `endCursor` is where to begin: ask for it first, then read the lists whole, then go on
        with it.
        """
        viewer, feeds = info.context.signed_in().viewer, info.context.kit.feeds
        _check(first)
        if after is None:
            return ChangedOrders(changes=[], end_cursor=await feeds.start_cursor(), has_next_page=False)
        found = await feeds.page(viewer, after, first)
        # an order stands where it changed last, so that what is read first is known to have been so first
        last = {event.order_id: event for event in found.events if event.order_id is not None}
        newest = sorted(last.items(), key=lambda each: each[1].position or 0)
        changes = [ChangedOrder(order_id=ID(f"ord_{id.hex}"), order=ref(Order, id)) for id, _ in newest]
        return ChangedOrders(changes=changes, end_cursor=found.end_cursor, has_next_page=found.has_next)


def _check(first: int) -> None:
    if not 1 <= first <= MOST:
        raise Refusal(ErrorCode.OUT_OF_RANGE, f"A page has 1 to {MOST} events.", ("first",))
