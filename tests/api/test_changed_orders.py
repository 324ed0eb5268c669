"""Orders that changed since a cursor: whoever keeps a copy by them has what the server has, and nothing else."""

import random
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from gql.transport.exceptions import TransportQueryError

from app.actions import orders
from app.db.feed import number_next
from tests.api.people import Hall, Json, Person
from tests.api.server import Server
from tests.market import Market, by, completed, confirmed, dispatched, drafted, open_market, paid, submitted
from tests.means import TestMeans
from tests.sizes import size

CHANGED = """query Changed($after: String, $first: Int!) { changedOrders(after: $after, first: $first) {
  changes { orderId order { id number version status } } endCursor hasNextPage
} }"""
WHOLE = """query Whole($after: String) { viewer { orders(first: 5, after: $after) {
  nodes { id number version status } pageInfo { hasNextPage endCursor }
} } }"""
WAYS: tuple[Callable[[Market], Awaitable[UUID]], ...] = (drafted, submitted, confirmed, paid, dispatched, completed)


class Copy:
    """A copy of somebody's orders, kept by what changed."""

    def __init__(self, person: Person, draw: random.Random) -> None:
        self.person = person
        self.rows: dict[str, Json] = {}
        self.cursor: str | None = None
        self._draw = draw

    async def begin(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        """Take a cursor, then read the list whole while it goes on changing."""
        self.cursor = (await self._changed())["endCursor"]
        after, more = None, True
        while more:
            page = (await self.person.ask(WHOLE, after=after))["viewer"]["orders"]
            self.rows |= {row["id"]: row for row in page["nodes"]}
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            await meanwhile()

    async def catch_up(self) -> int:
        """Follow what changed to its end; how many changes there were."""
        told, more = 0, True
        while more:
            page = await self._changed()
            ids = [change["orderId"] for change in page["changes"]]
            assert len(ids) == len(set(ids))
            for change in page["changes"]:
                told += 1
                self.rows.pop(change["orderId"], None)
                if change["order"] is not None:
                    self.rows[change["orderId"]] = change["order"]
            self.cursor, more = page["endCursor"], page["hasNextPage"]
        return told

    async def _changed(self) -> Json:
        first = self._draw.choice((1, 3, 10, 100))
        page: Json = (await self.person.ask(CHANGED, after=self.cursor, first=first))["changedOrders"]
        return page


async def _as_they_are(person: Person) -> dict[str, Json]:
    """The orders as the list has them now."""
    rows: dict[str, Json] = {}
    after, more = None, True
    while more:
        page = (await person.ask(WHOLE, after=after))["viewer"]["orders"]
        rows |= {row["id"]: row for row in page["nodes"]}
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return rows


async def test_a_copy_kept_by_what_changed_is_what_the_server_has(
    server: Server, hall: Hall, means: TestMeans, database_url: str
) -> None:
    """Read while it changes, with drafts that are deleted, beside another company's orders, for both sides."""
    draw, (market, foreign) = random.Random("changed"), [await open_market(means, quota_limit=10**12) for _ in range(2)]
    drafts: list[UUID] = []

    async def something() -> None:
        if drafts and draw.random() < 0.3:
            await orders.delete_draft(market.means, by(market.seller.owner), drafts.pop())
            return
        way = draw.choice(WAYS)
        made = await way(market)
        if way is drafted:
            drafts.append(made)
        await draw.choice(WAYS)(foreign)

    for _ in range(8):
        await something()
    copies = [Copy(await hall.enter(server, actor), draw) for actor in (market.seller.owner, market.buyer)]
    for copy in copies:
        await copy.begin(something)
    for _ in range(size("changes of a copy")):
        await something()
        if draw.random() < 0.5:
            await copies[0].catch_up()
    # what is written beside the server is numbered when it looks, and told from then on
    connection = await asyncpg.connect(database_url)
    while await number_next(connection):
        pass
    await connection.close()
    for copy in copies:
        await copy.catch_up()
        assert copy.rows == await _as_they_are(copy.person)
        assert await copy.catch_up() == 0


@pytest.mark.parametrize("first", [0, 101])
async def test_a_page_has_its_bounds(server: Server, hall: Hall, market: Market, first: int) -> None:
    """One event at least, a hundred at most."""
    person = await hall.enter(server, market.buyer)
    with pytest.raises(TransportQueryError, match=r"1 to 100|PAGE_SIZE_LIMIT"):
        await person.ask(CHANGED, first=first)
    for fine in (1, 100):
        assert (await person.ask(CHANGED, first=fine))["changedOrders"]["changes"] == []


async def test_a_cursor_of_nowhere_is_refused(server: Server, hall: Hall, market: Market) -> None:
    """As the feed refuses it."""
    person = await hall.enter(server, market.buyer)
    with pytest.raises(TransportQueryError, match="CURSOR_"):
        await person.ask(CHANGED, first=1, after="nonsense")
