"""Lists of orders that are followed across two server processes, of which one is killed now and then (DSK-2)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from gql import GraphQLRequest
from gql.transport.exceptions import (
    TransportClosed,
    TransportConnectionFailed,
    TransportProtocolError,
    TransportQueryError,
)

from app.actions import policies
from app.db.engine import Pool, read_pool
from app.db.feed import UNNUMBERED
from app.domain.order_lists import OrderTab
from app.domain.policy_changes import PolicyPatch
from tests.api.people import Hall, socket_of
from tests.api.server import PATIENCE, Server, serving
from tests.api.streams import streamed
from tests.figures import Recorder
from tests.lists.changing import Changes, changes
from tests.lists.following import FOLLOW, Kept, asked, lists, told
from tests.market import Market, by, confirmed, open_market
from tests.means import TestMeans
from tests.sizes import size

CEILING = 20
# What a connection to a server that is killed ends with
BROKEN = (OSError, TransportClosed, TransportConnectionFailed, TransportProtocolError)
# How often a server is killed in the course of all changes
ROUNDS = 10


@pytest.fixture(scope="module")
async def other(database_url: str, folder: Path) -> AsyncIterator[Server]:
    """Another server process on the same database."""
    async with serving(database_url, folder) as made:
        yield made


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Where lists are asked for anew."""
    made = await read_pool(database_url)
    yield made
    await made.close()


@dataclass
class Reader:
    """Somebody who keeps a list over as many connections as it takes, wherever there is a server."""

    kept: Kept
    servers: list[Server]
    connects: int = 0

    async def follow(self) -> None:
        """Follow the list until cancelled; whatever ends a connection, it is resumed by cursor at the next server."""
        while True:
            server = self.servers[self.connects % len(self.servers)]
            self.connects += 1
            if server.url:
                try:
                    await self._follow(server)
                except BROKEN:
                    pass
                except Exception as error:
                    self.kept.faults.append(f"{self.kept.name}: followed no longer, because of {error!r}")
                    raise
            await asyncio.sleep(0.05)

    async def _follow(self, server: Server) -> None:
        given = {"filter": self.kept.filter, "after": self.kept.cursor}
        async with socket_of(server, Hall.token(server, self.kept.actor)) as socket:
            async for data in socket.session.subscribe(GraphQLRequest(FOLLOW, variable_values=given)):
                self.kept.hear(data["orderList"])


async def agree(pool: Pool, readers: list[Reader], now: datetime) -> None:
    """Wait until every list is as the query answers it."""
    wrong: list[str] = []
    for _ in range(int(PATIENCE / 0.2)):
        found = [await asked(pool, each.kept.actor, each.kept.filter, now) for each in readers]
        kept = [(each.kept, list) for each, list in zip(readers, found, strict=True)]
        wrong = [said for each, list in kept if (said := each.difference(list))]
        if not wrong:
            break
        await asyncio.sleep(0.2)
    assert not wrong, (wrong, [fault for each in readers for fault in each.kept.faults])
    assert not (faults := [fault for each in readers for fault in each.kept.faults]), faults


async def storm(play: Changes, servers: list[Server], pool: Pool, readers: list[Reader], wanted: int) -> int:
    """So many changes, and every time a server was killed and is back, a look at every list; how often one was."""
    kills = 0
    while play.made.total() < wanted:
        victim = servers[kills % 2]
        happening = asyncio.create_task(play.make(wanted // ROUNDS))
        await asyncio.sleep(play.chance.random() * 2)
        await victim.kill()
        kills += 1
        await happening
        await agree(pool, readers, play.means.clock.now())
        await victim.start()
    return kills


async def test_lists_that_are_followed_across_servers_are_as_if_asked_for_anew(
    server: Server, other: Server, means: TestMeans, pool: Pool, figures: Recorder
) -> None:
    """DSK-1, DSK-2: clients go on at the other server by their cursors: never an order or a count that differs."""
    market = await open_market(means, sales_see_all=False)
    await policies.change(means, by(market.operator), PolicyPatch(count_ceiling=CEILING))
    play = await changes(market, 23)
    await play.make(20)
    await numbered(pool)
    servers = [server, other]
    readers = [Reader(Kept(*each), servers, at) for at, each in enumerate(lists(play))]
    for each in readers:
        each.kept.begin(await asked(pool, each.kept.actor, each.kept.filter, means.clock.now()))
    following = [asyncio.create_task(each.follow()) for each in readers]
    try:
        await opened(readers)
        kills = await storm(play, servers, pool, readers, size("changes of followed lists"))
        for task in following:
            assert not task.done(), task.result()
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    heard = {name: sum(each.kept.heard[name] for each in readers) for name in ("ENTER", "UPDATE", "LEAVE")}
    assert min(heard.values()) > len(readers), heard
    assert kills >= ROUNDS - 1
    figures("changes of followed lists", play.made.total())
    figures("lists, servers killed, connects", f"{len(readers)}, {kills}, {sum(each.connects for each in readers)}")
    figures("messages", " ".join(f"{name} {number}" for name, number in heard.items()))


async def opened(readers: list[Reader]) -> None:
    """Wait until everybody has the opening message."""
    async with asyncio.timeout(PATIENCE):
        while not all(each.kept.heard["OPENING"] for each in readers):  # noqa: ASYNC110 - the servers do it
            await asyncio.sleep(0.05)


async def numbered(pool: Pool) -> None:
    """Wait until everything that has happened stands in the feed."""
    async with asyncio.timeout(PATIENCE):
        while await pool.fetchval(UNNUMBERED):  # noqa: ASYNC110 - the servers do it
            await asyncio.sleep(0.05)


async def test_a_list_is_followed_over_an_event_stream(server: Server, market: Market, hall: Hall) -> None:
    """DSK-2: the counts, then an order that comes, changes and goes; after a cut what was missed."""
    seller = await hall.enter(server, market.seller.owner)
    filter = {"tab": "TO_PAY"}
    async with streamed(seller, FOLLOW, filter=filter) as messages:
        opening = await anext(messages)
        id = f"ord_{(await confirmed(market)).hex}"
        entered = await anext(messages)
        await seller.do("orderSetReference", orderId=id, reference="one")
        updated = await anext(messages)
    await seller.do("orderSetReference", orderId=id, reference="two")
    async with streamed(seller, FOLLOW, filter=filter, after=updated["cursor"]) as messages:
        missed = await anext(messages)
        await seller.do("orderCancel", orderId=id, reason="Out of stock.")
        left = await anext(messages)
    assert (opening["change"], opening["orderId"], opening["order"]) == (None, None, None)
    assert told(opening["tabs"]) == dict.fromkeys(OrderTab, (0, False))
    assert (entered["change"], entered["order"]) == ("ENTER", {"id": id, "status": "PENDING_PAYMENT"})
    assert told(entered["tabs"]) == {"ALL": (1, False), "TO_PAY": (1, False)}
    for message in (updated, missed):
        assert (message["change"], message["orderId"], message["tabs"]) == ("UPDATE", id, [])
    assert (left["change"], left["orderId"], left["order"]) == ("LEAVE", id, None)
    assert told(left["tabs"]) == {"ALL": (0, False), "TO_PAY": (0, False)}


async def test_who_sees_other_orders_than_before_begins_anew(server: Server, means: TestMeans, hall: Hall) -> None:
    """DSK-2, DSK-3: the owner lets sales see their own only: who follows is cut off, and the cursor is good no more."""
    market = await open_market(means)
    owner, sales = await hall.enter(server, market.seller.owner), await hall.enter(server, market.seller.sales)
    async with sales.connected() as socket:
        listener = await socket.listen(FOLLOW)
        cursor = (await listener.opened()).message["cursor"]
        await owner.do("deskSettingsChange", salesSeeAll=False)
        assert isinstance(await listener.ended(), Exception)
    async with sales.connected() as socket:
        ended = await (await socket.listen(FOLLOW, after=cursor)).ended()
        again = await (await socket.listen(FOLLOW)).opened()
    assert isinstance(ended, TransportQueryError) and ended.errors
    assert ended.errors[0]["extensions"]["code"] == "CURSOR_UNKNOWN"
    assert again.message["change"] is None
