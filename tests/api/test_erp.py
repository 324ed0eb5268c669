"""The example connector: with a server that is killed and restarts of its own, its copy is what the server has."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from gql import Client
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from sqlalchemy import text

from app.actions import sellers
from app.domain.access import Scope
from app.domain.errors import Refusal
from examples.erp.asking import ask
from examples.erp.copy import Copy, Parcel
from examples.erp.push import push
from examples.erp.sync import ORDER, OWN, complete, sync
from tests.api.people import Json
from tests.api.server import Server, serving
from tests.figures import Recorder
from tests.market import Market, by, completed, confirmed, dispatched, drafted, open_market, paid, submitted
from tests.sizes import size
from tests.tokens import issue_access_token

SCOPES = (Scope.ORDERS_READ, Scope.SHIPMENTS_READ, Scope.SHIPMENTS_WRITE, Scope.FINANCE_READ)
ALL = (
    ORDER
    + """
query All($after: String) {
  viewer { orders(first: 100, after: $after) { nodes { ...Kept } pageInfo { hasNextPage endCursor } } }
}
"""
)
WAYS: tuple[Callable[[Market], Awaitable[UUID]], ...] = (drafted, submitted, confirmed, dispatched, completed)
Booked = tuple[str | None, str, str, Decimal, str]


@pytest.fixture
async def standing(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    """A server that comes back at the same address."""
    async with serving(database_url, tmp_path / "server", PORT=str(free_port())) as made:
        yield made


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@dataclass
class Erp:
    """The connector as a company runs it: a file, an address and a token."""

    url: str
    token: str
    file: Path

    async def live(self, seconds: float | None = None) -> None:
        """Run for so long, wherever that breaks off, or until everything is told and known."""
        copy = Copy(self.file)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds), self._session() as session:
                    while True:
                        await push(session, copy, at_once=7)
                        await sync(session, copy)
                        if seconds is None:
                            return
        finally:
            copy.close()

    async def truth(self) -> dict[str, Json]:
        """The orders as the server has them."""
        found: dict[str, Json] = {}
        after, more = None, True
        async with self._session() as session:
            while more:
                answer = await ask(session, ALL, after=after)
                page = answer["viewer"]["orders"]
                found |= {
                    node["id"]: {name: node[name] for name in node if name != "postings"} for node in page["nodes"]
                }
                after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return found

    async def to_book(self) -> dict[str, Booked]:
        """Every row to book as the server has it."""
        found: dict[str, Booked] = {}
        after, more = None, True
        async with self._session() as session:
            while more:
                page = (await ask(session, ALL, after=after))["viewer"]["orders"]
                await complete(session, page["nodes"])
                for order in page["nodes"]:
                    found |= {row["id"]: _row(order["id"], row) for row in order["postings"]["nodes"]}
                after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            after, more = None, True
            while more:
                own = (await ask(session, OWN, after=after))["viewer"]["seller"]["postings"]
                found |= {row["id"]: _row(None, row) for row in own["nodes"]}
                after, more = own["pageInfo"]["endCursor"], own["pageInfo"]["hasNextPage"]
        return found

    def booked(self) -> dict[str, Booked]:
        """Every row as it was booked."""
        copy = Copy(self.file)
        try:
            return copy.books()
        finally:
            copy.close()

    def known(self) -> dict[str, Json]:
        """The orders as the copy has them."""
        copy = Copy(self.file)
        try:
            return copy.orders()
        finally:
            copy.close()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncClientSession]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with Client(transport=HTTPXAsyncTransport(self.url, headers=headers, timeout=10)) as session:
            yield session


def _row(order_id: str | None, row: Json) -> Booked:
    amount = row["amount"]
    return order_id, row["kind"], row["account"], Decimal(amount["amount"]), amount["currencyCode"]


async def connector(market: Market, server: Server, folder: Path) -> Erp:
    """The connector of the market's seller."""
    ends = market.means.clock.real() + timedelta(hours=2)
    owner = market.seller.owner.account_id
    token = await issue_access_token(market.means, owner, SCOPES, ends)
    return Erp(server.graphql, token, folder / "erp.sqlite")


async def test_the_copy_is_what_the_server_has_whatever_is_killed(
    standing: Server, market: Market, tmp_path: Path, figures: Recorder
) -> None:
    """Orders change, the server is killed, the connector breaks off anywhere; every parcel is told once."""
    market, elsewhere = [await open_market(market.means, quota_limit=10**12) for _ in range(2)]
    erp, draw = await connector(market, standing, tmp_path), random.Random("erp")
    turns, kills = size("changes an ERP follows") // 5, size("kills an ERP survives")
    over, due = asyncio.Event(), asyncio.Semaphore(0)
    deaths = {turns * n // (kills + 1) for n in range(1, kills + 1)}
    parcels: list[UUID] = []

    async def change() -> None:
        for turn in range(turns):
            if turn in deaths:
                due.release()
            await draw.choice(WAYS)(market)
            if draw.random() < 0.2:
                await completed(elsewhere)
            if draw.random() < 0.1:
                with suppress(Refusal):
                    await sellers.withdraw(market.means, by(market.seller.finance), 1_00, "USD")
            if draw.random() < 0.2:
                parcels.append(await paid(market))
                copy = Copy(erp.file)
                copy.sent(Parcel(f"ord_{parcels[-1].hex}", "DHL", f"JD{len(parcels):08}"))
                copy.close()
            await asyncio.sleep(0)

    async def follow() -> None:
        while not over.is_set():
            await erp.live(seconds=draw.uniform(0.05, 1.5))

    async def kill() -> None:
        for _ in range(kills):
            await due.acquire()
            await standing.kill()
            await standing.start()

    async with asyncio.TaskGroup() as following:
        following.create_task(follow())
        async with asyncio.TaskGroup() as meanwhile:
            meanwhile.create_task(change())
            meanwhile.create_task(kill())
        over.set()
    await erp.live()
    await _numbered(market)
    await erp.live()
    assert erp.known() == await erp.truth()
    books = erp.booked()
    assert books == await erp.to_book()
    for account, amount in (await _balances(market)).items():
        booked = [gained for _, _, of, gained, currency in books.values() if (of, currency) == (account, "USD")]
        assert sum(booked) == amount
    assert await _shipments(market, parcels) == {parcel: [("DHL", f"JD{n:08}")] for n, parcel in enumerate(parcels, 1)}
    copy = Copy(erp.file)
    assert set(copy.answers().values()) == {"DISPATCHED"}
    copy.close()
    figures("kills, events, orders, rows booked", f"{kills}, {await _events(market)}, {len(erp.known())}, {len(books)}")


async def _events(market: Market) -> int:
    """How much happened to the seller's orders."""
    query = text("SELECT count(*) FROM events WHERE seller_id = :seller")
    async with market.means.engine.connect() as connection:
        return int((await connection.execute(query, {"seller": market.seller.id})).scalar_one())


async def _numbered(market: Market) -> None:
    """Wait until the server has numbered what was written beside it."""
    async with asyncio.timeout(30):
        while True:
            async with market.means.engine.connect() as connection:
                if not (
                    await connection.execute(text("SELECT EXISTS (SELECT FROM events WHERE position IS NULL)"))
                ).scalar():
                    return
            await asyncio.sleep(0.05)


async def _balances(market: Market) -> dict[str, Decimal]:
    """What stands on the accounts of the seller and of all their orders."""
    query = text(
        "SELECT account, sum(amount) / 100 AS amount FROM balances WHERE currency = 'USD' AND account IN"
        " ('ESCROW', 'SELLER', 'RECEIVABLE') AND (owner_id = :seller OR owner_id IN"
        " (SELECT id FROM orders WHERE seller_id = :seller)) GROUP BY account"
    )
    async with market.means.engine.connect() as connection:
        found = {row.account: row.amount for row in await connection.execute(query, {"seller": market.seller.id})}
    assert found["SELLER"] > 0
    return found


async def _shipments(market: Market, orders: list[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    """The parcels of orders, as they are stored."""
    found: dict[UUID, list[tuple[str, str]]] = {order: [] for order in orders}
    query = text("SELECT order_id, carrier, tracking_number FROM shipments WHERE order_id = ANY(:orders)")
    async with market.means.engine.connect() as connection:
        for row in await connection.execute(query, {"orders": orders}):
            found[row.order_id].append((row.carrier, row.tracking_number))
    return found


@pytest.mark.parametrize("cursor", ["nonsense", "expired"])
async def test_a_cursor_that_is_not_served_means_to_read_anew(
    standing: Server, market: Market, tmp_path: Path, cursor: str
) -> None:
    """What was on the copy and is not on the server is gone, and the rest is as it is."""
    erp = await connector(market, standing, tmp_path)
    await paid(market)
    await erp.live()
    first = erp.known()
    assert first == await erp.truth()
    copy = Copy(erp.file)
    copy.follow([("ord_0", {"id": "ord_0", "version": 1, "number": None, "status": "DRAFT"})], copy.cursor or "")
    if cursor == "nonsense":
        copy.follow([], "nonsense")
    copy.close()
    await completed(market)
    await _numbered(market)
    if cursor == "expired":
        async with market.means.engine.begin() as connection:
            await connection.execute(text("UPDATE feed SET floor = head"))
    await erp.live()
    assert erp.known() == await erp.truth() != first


async def test_a_parcel_that_is_refused_keeps_the_reason(standing: Server, market: Market, tmp_path: Path) -> None:
    """The others of its request are told."""
    erp = await connector(market, standing, tmp_path)
    draft, good = await drafted(market), await paid(market)
    copy = Copy(erp.file)
    for order in (draft, good):
        copy.sent(Parcel(f"ord_{order.hex}", "DHL", "JD1"))
    copy.close()
    await erp.live()
    copy = Copy(erp.file)
    answers = copy.answers()
    copy.close()
    assert answers[f"ord_{good.hex}"] == "DISPATCHED"
    assert answers[f"ord_{draft.hex}"] not in (None, "DISPATCHED")
