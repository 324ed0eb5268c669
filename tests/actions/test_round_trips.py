"""How often a mutation goes to the database and back, and how often while it holds its order's lock."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from app.actions import desk, fulfilment, orders, payments
from app.actions.work import Call
from app.db.engine import write_engine
from app.domain.access import Actor
from app.domain.errors import Refusal
from app.domain.fulfilment import Parcel
from app.domain.funds import Arrival
from app.domain.policy import PaymentMethod
from tests import market as made
from tests.domain.build import terms
from tests.market import Market, by, open_market
from tests.means import TestMeans
from tests.relays import Relay, relayed

Maker = Callable[[Market], Awaitable[UUID]]
Doing = Callable[[Market, UUID], Awaitable[object]]


@dataclass
class Shop:
    """A market behind a relay, on one connection."""

    market: Market
    relay: Relay

    async def trips(self, maker: Maker, act: Doing) -> tuple[int, int]:
        """How many round trips an act takes, and how many of them in its transaction.

        It is done once before, on another order: what is prepared once a connection is no part of it.
        """
        await act(self.market, await maker(self.market))
        order_id = await maker(self.market)
        self.relay.stood.clear()
        await act(self.market, order_id)
        stood = self.relay.stood
        within = sum(1 for before, after in zip(["I", *stood], stood, strict=False) if "T" in (before, after))
        return len(stood), within


@pytest.fixture(scope="module")
async def shop(postgres_url: str) -> AsyncIterator[Shop]:
    """The market, made once."""
    with tempfile.TemporaryDirectory(prefix="relay-") as folder:
        async with relayed(postgres_url, Path(folder)) as relay:
            engine = write_engine(relay.url, size=1)
            try:
                yield Shop(await open_market(TestMeans(engine)), relay)
            finally:
                await engine.dispose()


def keyed(market: Market, actor: Actor) -> Call:
    """A call with a fresh key."""
    return replace(by(actor), operation="act", key=market.means.mint.id().hex, digest="input")


async def drafting(market: Market) -> UUID:
    """A draft's contract is all there is."""
    return market.seller.id


async def draft(market: Market, _: UUID) -> None:
    """Begin a draft."""
    contract = {**terms(), "email": market.buyer.email}
    await orders.draft(market.means, keyed(market, market.seller.owner), contract, None)


async def submit(market: Market, order_id: UUID) -> None:
    """Make the offer."""
    await orders.submit(market.means, keyed(market, market.seller.owner), order_id)


async def confirm(market: Market, order_id: UUID) -> None:
    """Agree to it."""
    await orders.confirm(market.means, keyed(market, market.buyer), order_id)


async def refer(market: Market, order_id: UUID) -> None:
    """Keep a reference."""
    await orders.set_reference(market.means, by(market.buyer), order_id, "ours")


async def assign(market: Market, order_id: UUID) -> None:
    """Give it to a salesperson."""
    call = keyed(market, market.seller.owner)
    await orders.assign(market.means, call, order_id, market.seller.sales.account_id)


async def label(market: Market, order_id: UUID) -> None:
    """Put a label on."""
    await desk.label(market.means, keyed(market, market.seller.sales), order_id, ["VIP"], [])


async def note(market: Market, order_id: UUID) -> None:
    """Write a note."""
    await desk.add_note(market.means, keyed(market, market.seller.sales), order_id, "Calls on Mondays.")


async def follow_up(market: Market, order_id: UUID) -> None:
    """Report what was reached."""
    call, today = keyed(market, market.seller.sales), market.means.clock.now().date()
    await fulfilment.add_milestone(market.means, call, order_id, today, "Packed.", [])


async def start(market: Market, order_id: UUID) -> None:
    """Start a payment."""
    call = keyed(market, market.buyer)
    await payments.start(market.means, call, order_id, None, PaymentMethod.VISA, "demonstration")


async def arrive(market: Market, order_id: UUID) -> None:
    """Record money."""
    arrival = Arrival(
        method=PaymentMethod.VISA,
        provider="demonstration",
        reference=market.means.mint.id().hex,
        amount=500_00,
        currency="USD",
        payer=None,
        value_date=market.means.clock.now(),
    )
    await payments.arrive(market.means, made.PROVIDER, order_id, arrival)


async def land(market: Market, order_id: UUID) -> None:
    """Record a transfer, by an operator."""
    reference, now = market.means.mint.id().hex, market.means.clock.now()
    arrival = Arrival(PaymentMethod.TT, "operator", reference, 500_00, "USD", None, now)
    await payments.arrive(market.means, by(market.operator), order_id, arrival)


async def dispatch(market: Market, order_id: UUID) -> None:
    """Send all goods."""
    call = keyed(market, market.seller.owner)
    await fulfilment.dispatch(market.means, call, order_id, Parcel("DHL", "1Z"))


async def receive(market: Market, order_id: UUID) -> None:
    """Have the goods."""
    await fulfilment.confirm_receipt(market.means, by(market.buyer), order_id)


async def again(market: Market, order_id: UUID) -> None:
    """A retry whose step would be refused by now, and one whose step could be taken again."""
    call = keyed(market, market.buyer)
    await orders.confirm(market.means, call, order_id)
    market.means.feeds.rings = 0
    await orders.confirm(market.means, call, order_id)
    assert market.means.feeds.rings == 0


# All, and those within a transaction: begun with the lock, loaded, written, committed. A draft locks nothing; a debt of
# whom money was released to is looked for after the write
TRIPS: Mapping[str, tuple[Maker, Doing, int, int]] = {
    "a draft": (drafting, draft, 7, 7),
    "an offer": (made.drafted, submit, 4, 4),
    "a confirmation": (made.submitted, confirm, 4, 4),
    "a reference": (made.submitted, refer, 4, 4),
    "an assignment": (made.submitted, assign, 4, 4),
    "a label": (made.submitted, label, 4, 4),
    "a note": (made.submitted, note, 4, 4),
    "a milestone": (made.confirmed, follow_up, 4, 4),
    "a payment started": (made.confirmed, start, 4, 4),
    "money": (made.confirmed, arrive, 4, 4),
    "a transfer": (made.confirmed, land, 4, 4),
    "a dispatch": (made.paid, dispatch, 4, 4),
    "a receipt": (made.dispatched, receive, 5, 5),
    "a confirmation and its retry": (made.submitted, again, 8, 8),
}


@pytest.mark.parametrize("name", TRIPS)
async def test_a_mutation_goes_to_the_database_as_seldom_as_it_can(shop: Shop, name: str) -> None:
    """With a key or without: a key is kept by the statement that writes, and looked up by who is refused."""
    maker, act, trips, within = TRIPS[name]
    assert await shop.trips(maker, act) == (trips, within)


async def test_nothing_is_left_open(shop: Shop) -> None:
    """Neither by who is refused nor by who is told nothing."""
    order_id = await made.submitted(shop.market)
    shop.relay.stood.clear()
    for actor in (shop.market.seller.owner, (await open_market(shop.market.means)).buyer):
        with pytest.raises(Refusal):
            await orders.confirm(shop.market.means, by(actor), order_id)
    assert shop.relay.stood[-1] == "I"
