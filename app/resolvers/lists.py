"""Lists of orders that are followed: which orders come, change and go, and how the tabs' counts change with them."""

from collections.abc import AsyncIterable, Iterable
from typing import Annotated

import strawberry
from strawberry import ID

from app.db.feed import Event, Mark
from app.domain.order_lists import ListChange, TabCount
from app.events.cursors import list_cursor
from app.events.lists import Judged
from app.events.live import Live, Told
from app.reads import ref
from app.resolvers.context import Onlooking
from app.resolvers.roots import subscription
from app.schema.order import Order
from app.schema.order_changes import judge_of, scope_of
from app.schema.order_filter import OrderFilter
from app.schema.order_lists import OrderTabCount
from app.schema.payloads import OrderListUpdate

AFTER = strawberry.argument(
    description="The cursor of the last message you have; what came since is sent first. It belongs to its filter, and "
    "to what you see: once that is another, it is refused, and you begin anew."
)


@strawberry.type
class ListSubscriptions:
    """Lists of orders that are followed."""

    @subscription
    async def order_list(
        self,
        info: Onlooking,
        filter: Annotated[
            OrderFilter | None, strawberry.argument(description="Which orders to follow; all you see if left out.")
        ] = None,
        after: Annotated[str | None, AFTER] = None,
    ) -> AsyncIterable[OrderListUpdate]:
        """The viewer's list of orders under a filter, live (DSK-2): each order that comes, changes or goes, and the
        counts of the tabs that change with it. Without `after` the first message carries the cursor from which it
        begins and the counts of all tabs there; read the list then, since what changes meanwhile is told again, by id.
        With `after`, exactly what was missed comes first, each message with the counts as they were behind it.
        """
        looks = info.context
        viewer, feeds, clock = looks.signed_in(), looks.kit.feeds, looks.kit.clock
        scope = scope_of(filter, viewer)
        stream = feeds.list_of(viewer, judge_of(filter, viewer, clock.now), scope)

        async def opening() -> OrderListUpdate:
            counts = await feeds.list_counts(stream, mark.position)
            tabs = _tabs(counts.told())
            return OrderListUpdate(cursor=list_cursor(mark, scope), change=None, order_id=None, order=None, tabs=tabs)

        def tell(event: Event) -> Told[OrderListUpdate] | None:
            if not isinstance(event, Judged):
                return None
            stays = event.change is not ListChange.LEAVE
            return Told(
                OrderListUpdate(
                    cursor=stream.cursor(event),
                    change=event.change,
                    order_id=ID(f"ord_{event.subject_id.hex}"),
                    order=ref(Order, event.subject_id) if stays else None,
                    tabs=_tabs(event.tabs),
                )
            )

        async def resume(cursor: str) -> int:
            return (await feeds.list_mark(stream, cursor)).position

        mark: Mark = await feeds.list_mark(stream, after)
        first = opening if after is None else None
        return Live(feeds, stream, mark.position, list_cursor(mark, scope), first, tell, resume, looks.refresh)


def _tabs(counts: Iterable[TabCount]) -> list[OrderTabCount]:
    return [OrderTabCount(tab=each.tab, count=each.count, at_least=each.at_least) for each in counts]
