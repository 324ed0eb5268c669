"""Live across two server processes on one database: other servers' events, kills, revocations, and drafts unheard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from gql.transport.exceptions import TransportQueryError
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from app.domain.access import Actor, Role, Scope
from tests.api.contracts import contract, key
from tests.api.ears import EVENTS, UPDATES
from tests.api.people import Hall, Person
from tests.api.server import PATIENCE, Server, serving
from tests.figures import Recorder
from tests.market import Market, confirmed, new_account, new_seller, open_market, submitted
from tests.means import TestMeans
from tests.tokens import issue_access_token
from tests.transport.talking import closed_with, run, say, told


@pytest.fixture(scope="module")
async def other(database_url: str, folder: Path) -> AsyncIterator[Server]:
    """Another server process on the same database."""
    async with serving(database_url, folder) as made:
        yield made


async def public(market: Market, order_id: UUID) -> str:
    """The public id of an order; what was done to it beside the servers has reached the feed by now."""
    query = text("SELECT count(*) FROM events WHERE subject_id = :id AND position IS NULL")
    async with asyncio.timeout(PATIENCE), market.means.engine.connect() as connection:
        while (await connection.execute(query, {"id": order_id})).scalar():  # noqa: ASYNC110 - the servers do it
            await asyncio.sleep(0.02)
    return f"ord_{order_id.hex}"


async def references(person: Person, order_id: str, *words: str) -> None:
    """One event of the person's side for each word."""
    for word in words:
        await person.do("orderSetReference", orderId=order_id, reference=word)


async def test_what_is_done_on_one_server_is_heard_on_another(
    server: Server, other: Server, market: Market, hall: Hall, figures: Recorder
) -> None:
    """A subscriber of one server hears what is done on the other, each once, in order, in less than a second."""
    id = await public(market, await confirmed(market))
    listening, acting = await hall.enter(server, market.buyer), await hall.enter(other, market.buyer)
    async with listening.connected() as socket:
        ears = [await socket.listen(UPDATES, id=id), await socket.listen(EVENTS)]
        first = (await ears[0].opened()).message["order"]["version"]
        await ears[1].opened()
        lags = []
        for step in range(1, 11):
            await references(acting, id, f"step {step}")
            done = datetime.now(UTC)
            lags.append(max([(await ear.version(first + step)).at - done for ear in ears]))
        figures("heard on another server, median of ten", f"{sorted(lags)[5].total_seconds() * 1000:.0f} ms")
        assert sorted(lags)[5] < timedelta(seconds=1)
        for ear in ears:
            assert [event["version"] for event in ear.events] == list(range(first + 1, first + 11))


async def test_a_server_is_killed_under_its_subscribers(
    server: Server, other: Server, market: Market, hall: Hall
) -> None:
    """Cut before their first event, they resume by cursor on the server that comes back: nothing missed or doubled."""
    id = await public(market, await confirmed(market))
    acting = await hall.enter(server, market.buyer)
    async with (await hall.enter(other, market.buyer)).connected() as socket:
        cut = [await socket.listen(UPDATES, id=id), await socket.listen(EVENTS)]
        first = (await cut[0].opened()).message["order"]["version"]
        await cut[1].opened()
        await other.kill()
        for listener in cut:
            await listener.ended()
    await references(acting, id, "one", "two", "three")
    await other.start()
    async with (await hall.enter(other, market.buyer)).connected() as socket:
        again = [
            await socket.listen(UPDATES, id=id, after=cut[0].cursor),
            await socket.listen(EVENTS, after=cut[1].cursor),
        ]
        for listener in again:
            await listener.version(first + 3)
        await references(acting, id, "four")
        for listener in again:
            await listener.version(first + 4)
            assert [event["version"] for event in listener.events] == [first + at for at in (1, 2, 3, 4)]


async def test_a_stopping_server_sends_its_subscribers_elsewhere(
    database_url: str, folder: Path, market: Market, server: Server, hall: Hall
) -> None:
    """A server that is stopped closes its sockets with a code that clients come back from; it completes nothing."""
    id = await public(market, await confirmed(market))
    async with serving(database_url, folder) as leaving:
        async with raw(leaving, hall.token(leaving, market.buyer)) as socket:
            await run(socket, "1", UPDATES, variables={"id": id})
            assert (await told(socket))["type"] == "next"
            code, (closed, _) = await asyncio.gather(leaving.end(), closed_with(socket))
        assert (code, closed) == (0, 1012)


@asynccontextmanager
async def raw(server: Server, token: str) -> AsyncIterator[ClientConnection]:
    """An acknowledged WebSocket, spoken by hand."""
    protocol = Subprotocol("graphql-transport-ws")
    async with connect(server.socket, subprotocols=[protocol], close_timeout=1, compression=None) as socket:
        await say(socket, type="connection_init", payload={"Authorization": f"Bearer {token}"})
        assert await told(socket) == {"type": "connection_ack"}
        yield socket


async def test_messages_are_not_compressed_for_each(server: Server) -> None:
    """A browser offers to have messages compressed; one that is made once for many goes out as it is."""
    async with connect(server.socket, subprotocols=[Subprotocol("graphql-transport-ws")], close_timeout=1) as socket:
        assert "permessage-deflate" in socket.request.headers["Sec-WebSocket-Extensions"]  # type: ignore[union-attr]
        assert socket.protocol.extensions == []


async def change(means: TestMeans, statement: str, **values: Any) -> None:
    """Change something about who somebody is."""
    async with means.engine.begin() as connection:
        await connection.execute(text(statement), values)


async def test_whoever_loses_their_place_is_cut_off(server: Server, market: Market, hall: Hall) -> None:
    """A revoked token, a disabled account and a member who was removed: each open socket is closed with 4403."""
    means, seller = market.means, market.seller
    until = datetime.now(UTC) + timedelta(days=1)
    scopes = {Scope.ORDERS_READ}
    revoked = await issue_access_token(means, market.buyer.account_id, scopes, until)
    tokens = [revoked, hall.token(server, seller.sales), hall.token(server, seller.finance)]

    async def cut_off(token: str, ready: asyncio.Barrier) -> int:
        async with raw(server, token) as socket:
            await run(socket, "1", EVENTS)
            assert (await told(socket))["payload"]["data"]["events"]["event"] is None
            await ready.wait()
            return (await closed_with(socket))[0]

    ready = asyncio.Barrier(len(tokens) + 1)
    ends = [asyncio.create_task(cut_off(token, ready)) for token in tokens]
    kept = await (await hall.enter(server, market.buyer)).ask("{ viewer { role } }")
    await ready.wait()
    await change(means, "UPDATE access_tokens SET revoked_at = now() WHERE label = 'ERP'")
    await change(means, "UPDATE accounts SET disabled_at = now() WHERE id = :id", id=seller.sales.account_id)
    await change(means, "UPDATE members SET removed_at = now() WHERE account_id = :id", id=seller.finance.account_id)
    assert await asyncio.gather(*ends) == [4403, 4403, 4403]
    assert kept == {"viewer": {"role": "BUYER"}}


async def test_a_stranger_learns_nothing_of_an_order(server: Server, market: Market, hall: Hall) -> None:
    """Another buyer, another seller and nobody at all: the same answer as for an order that does not exist."""
    hidden = await public(market, await submitted(market))
    rival = (await new_seller(market.means)).owner
    for stranger in (await new_account(market.means), rival):
        person = await hall.enter(server, stranger)
        answers = []
        for id in (hidden, f"ord_{'0' * 32}", "sel_1", "ord_"):
            for after in ({}, {"after": "o0"}):
                answers.append(await refusal(person, id=id, **after))
        assert {code for code, _ in answers} == {"NOT_FOUND"}
        assert answers[0] == answers[1] == answers[2] == answers[3]
    assert (await refusal(await hall.enter(server, None), id=hidden))[0] == "UNAUTHENTICATED"


async def refusal(person: Person, **variables: str) -> tuple[str, str]:
    """The code and the words with which a subscription is refused."""
    async with person.connected() as socket:
        error = await (await socket.listen(UPDATES, **variables)).ended()
    assert isinstance(error, TransportQueryError) and error.errors
    return error.errors[0]["extensions"]["code"], error.errors[0]["message"]


async def test_a_buyer_hears_nothing_of_a_draft(server: Server, market: Market, hall: Hall) -> None:
    """What the seller does to a draft is the seller's alone, until it is submitted to the buyer."""
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.owner)
    async with buyer.connected() as buyers, seller.connected() as sellers:
        ears = [await buyers.listen(EVENTS), await sellers.listen(EVENTS)]
        for ear in ears:
            await ear.opened()
        given = {"idempotencyKey": key(), "contract": contract(market.buyer.email)}
        id = (await seller.do("orderDraft", "order { id }", **given))["order"]["id"]
        await seller.do("orderMatchBuyer", orderId=id)
        await seller.do("orderEdit", orderId=id, contract={"notes": "Not for the buyer yet."})
        assert await refusal(buyer, id=id) == await refusal(buyer, id=f"ord_{'0' * 32}")
        await seller.do("orderSubmit", orderId=id)
        for ear in ears:
            await ear.kind("ORDER_SUBMITTED")
        assert ears[0].kinds == ["ORDER_SUBMITTED"]
        assert ears[1].kinds == ["ORDER_DRAFTED", "BUYER_MATCHED", "ORDER_EDITED", "ORDER_SUBMITTED"]


async def test_an_offer_is_taken_back_under_the_buyers_eyes(server: Server, market: Market, hall: Hall) -> None:
    """The buyer hears that it was revised and sees it no more; when it is offered again they see it as it is then."""
    id = await public(market, await submitted(market))
    buyer, seller = await hall.enter(server, market.buyer), await hall.enter(server, market.seller.owner)
    async with buyer.connected() as socket:
        ears = [await socket.listen(UPDATES, id=id), await socket.listen(EVENTS)]
        version = (await ears[0].opened()).message["order"]["version"]
        await ears[1].opened()
        await seller.do("orderRevise", orderId=id)
        heard = (await ears[0].kind("ORDER_REVISED")).message
        assert heard["order"] is None and heard["event"]["order"] is None
        await seller.do("orderEdit", orderId=id, contract={"notes": "Between us.", "shippingFee": "20.00"})
        assert (await refusal(buyer, id=id, after=heard["cursor"]))[0] == "NOT_FOUND"
        await seller.do("orderSubmit", orderId=id)
        again = (await ears[0].kind("ORDER_SUBMITTED")).message
        assert again["order"]["version"] == again["event"]["version"] == version + 3
        await ears[1].kind("ORDER_SUBMITTED")
        for ear in ears:
            assert [event["version"] for event in ear.events] == [version + 1, version + 3]
        resumed = await socket.listen(UPDATES, id=id, after=heard["cursor"])
        await resumed.kind("ORDER_SUBMITTED")
        assert resumed.messages == [again]


async def test_a_salesperson_hears_only_of_their_own(server: Server, means: TestMeans, hall: Hall) -> None:
    """Where sales see their own orders alone, an order taken from them falls silent, and says so once."""
    market = await open_market(means, sales_see_all=False)
    id = await public(market, await confirmed(market))
    second = await new_account(means, Role.SALES, market.seller.id)
    owner, sales = await hall.enter(server, market.seller.owner), await hall.enter(server, second)
    assert (await refusal(sales, id=id))[0] == "NOT_FOUND"
    await owner.do("orderAssign", orderId=id, memberId=await member(means, second))
    async with sales.connected() as socket, owner.connected() as owners:
        ears = [await socket.listen(UPDATES, id=id), await socket.listen(EVENTS)]
        all_ears = [*ears, await owners.listen(UPDATES, id=id)]
        for ear in all_ears:
            await ear.opened()
        await references(owner, id, "one")
        await owner.do("orderAssign", orderId=id, memberId=None)
        gone = (await ears[0].until(lambda message: message["order"] is message["event"] is None)).message
        await references(owner, id, "two")
        await owner.do("orderAssign", orderId=id, memberId=await member(means, second))
        await references(owner, id, "three")
        last = (await owner.do("orderSetReference", "order { version }", orderId=id, reference="four"))["order"]
        for ear in all_ears:
            await ear.version(last["version"])
        for ear in ears:
            assert [event["version"] - last["version"] for event in ear.events] == [-5, -2, -1, 0]
        assert [message for message in ears[0].messages[1:] if message["event"] is None] == [gone]
        assert gone is ears[0].messages[2]


async def member(means: TestMeans, actor: Actor) -> str:
    """The public id of a membership."""
    async with means.engine.connect() as connection:
        query = text("SELECT id FROM members WHERE account_id = :id")
        found: UUID = (await connection.execute(query, {"id": actor.account_id})).scalar_one()
    return f"mem_{found.hex}"
