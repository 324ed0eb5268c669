"""How simulated orders begin: offered, asked for, bought at once, forgotten as drafts, for buyers yet to come."""

from collections.abc import Callable, Collection
from datetime import timedelta
from uuid import UUID

from app.actions import orders
from app.domain.contract import CONTACT_FIELDS
from app.domain.exports import Acknowledgement
from tests.market import new_account
from tests.simulation import buyers, contracts, sellers
from tests.simulation.timeline import Life
from tests.simulation.world import Deal, Temper, World

ALL_SAID = tuple(Acknowledgement)
NOBODY = UUID(int=0)


def tempered(world: World) -> Temper:
    """How the people of the next order behave."""
    draw = world.decks.draw
    return Temper(
        paying=draw(
            "paying", CARD=7, PARTS=2, OVER=1, TRANSFER=4, PIECES=1, FOREIGN=1, NEVER=2, CANCEL=1, EARLY=2, TWICE=1
        ),
        claiming=draw("claiming", FILE=6, LATE=1, LEAVE=1),
        complaining=draw(
            "complaining", NONE=9, PART=3, PARTS=1, WHOLE=2, LATER_PART=2, LATER_WHOLE=3, UNDISPATCHED=2, WITH_CLAIM=3
        ),
        receiving=draw("receiving", CONFIRM=4, AUTOMATIC=3, DELIVERED=3),
        dispatching=draw("dispatching", PUNCTUAL=5, PARTS=2, LATE=6, LATE_PARTS=1, VANISHED=1),
        arguing=draw("arguing", ACCEPT=3, REJECT=2, COUNTER=3, SILENT=1, ESCALATE=1),
        amending=draw("amending", NONE=7, LATER=2, PRICE=1, WITHDRAWN=1, AFTER_OVERDUE=1),
        carrying=draw("carrying", FAST=3, SLOW=3, NEVER=1, TOLD_LATE=3, CORRECTED=1, TWICE=1),
    )


async def order(world: World, number: int) -> Life:
    """One more order comes to the market."""
    firm, buyer = world.rng.choice(world.firms), world.rng.choice(world.buyers)
    deal = Deal(number, firm, buyer, tempered(world), NOBODY)
    how = world.decks.draw("origin", OFFERED=9, ASKED=3, BOUGHT=6, FORGOTTEN=1, INVITED=1)
    async for pause in WAYS[how](world, deal):
        yield pause


def begin(world: World, deal: Deal) -> None:
    """Both sides of an order begin to care for it."""
    world.deals.append(deal)
    world.time.begin(buyers.life(world, deal))
    world.time.begin(sellers.life(world, deal))


async def draft(world: World, deal: Deal, email: str | None = None, dollars: bool = False) -> bool:
    """The seller drafts an order; whether it came to that."""
    contract = await contracts.written(world, deal.firm, deal.buyer, dollars)
    contract |= {} if email is None else {"email": email}
    owner = deal.firm.team.owner
    made = await world.take("DRAFT", owner, lambda means, call: orders.draft(means, call, contract, None))
    deal.id = made or NOBODY
    return made is not None


async def submit(world: World, deal: Deal, said: Collection[Acknowledgement] = ALL_SAID) -> None:
    """The seller makes the offer."""
    owner = deal.firm.team.owner
    await world.take("SUBMIT", owner, lambda means, call: orders.submit(means, call, deal.id, said))


async def match(world: World, deal: Deal) -> bool | None:
    """The seller looks for the buyer of the draft's e-mail."""
    owner = deal.firm.team.owner
    return await world.take("MATCH_BUYER", owner, lambda means, call: orders.match_buyer(means, call, deal.id))


async def _offered(world: World, deal: Deal) -> Life:
    """A seller offers."""
    if not await draft(world, deal):
        return
    yield world.hours(0.1, 8)
    owner = deal.firm.team.owner
    if world.decks.draw("edited", NO=3, YES=1) == "YES":
        patch = {"notes": "With care."}
        await world.take("EDIT", owner, lambda means, call: orders.edit(means, call, deal.id, patch))
    await match(world, deal)
    await submit(world, deal)
    begin(world, deal)


async def _asked(world: World, deal: Deal) -> Life:
    """A buyer asks a seller for an order."""
    words = {**contracts.contact(deal.buyer), "items": contracts.purchase(world, deal.firm, deal.buyer).lines}
    firm = deal.firm.team.id
    made = await world.take("DRAFT", deal.buyer, lambda means, call: orders.draft(means, call, words, firm))
    if made is None:
        return
    deal.id = made
    yield world.hours(0.1, 8)
    await world.take("SUBMIT", deal.buyer, lambda means, call: orders.submit(means, call, made))
    begin(world, deal)


async def complete(world: World, deal: Deal) -> None:
    """The seller completes what a buyer asked for."""
    contract = await contracts.written(world, deal.firm, deal.buyer, paper=False)
    added = {name: value for name, value in contract.items() if name not in CONTACT_FIELDS}
    owner = deal.firm.team.owner
    await world.take("EDIT", owner, lambda means, call: orders.edit(means, call, deal.id, added))
    await submit(world, deal)


async def _bought(world: World, deal: Deal) -> Life:
    """A buyer buys at once."""
    await buy(world, deal)
    yield timedelta()


async def buy(world: World, deal: Deal) -> None:
    """The buyer buys at once, with the coupon if there is one."""
    wish = contracts.purchase(world, deal.firm, deal.buyer, coupon_id=deal.coupon_id)
    made = await world.take("PLACE", deal.buyer, lambda means, call: orders.place(means, call, wish))
    if made is not None:
        deal.id = made
        begin(world, deal)


async def _forgotten(world: World, deal: Deal) -> Life:
    """A draft that its seller deletes, or that nobody ever comes back to."""
    if not await draft(world, deal):
        return
    yield world.hours(5, 90)
    if world.decks.draw("forgotten", DELETED=3, LEFT=1) == "DELETED":
        owner = deal.firm.team.owner
        await world.take("DELETE", owner, lambda means, call: orders.delete_draft(means, call, deal.id))
    else:
        world.deals.append(deal)


async def _invited(world: World, deal: Deal) -> Life:
    """The e-mail has no account yet: an invitation is recorded, and later there is one."""
    email = f"newcomer.{deal.number}@example.com"
    if not await draft(world, deal, email):
        return
    assert await match(world, deal) in (False, None)
    world.counts["invited"] += 1
    yield world.hours(10, 60)
    deal.buyer = await new_account(world.means, email=email, name=f"Newcomer {deal.number}")
    await match(world, deal)
    await submit(world, deal)
    begin(world, deal)


WAYS: dict[str, Callable[[World, Deal], Life]] = {
    "OFFERED": _offered,
    "ASKED": _asked,
    "BOUGHT": _bought,
    "FORGOTTEN": _forgotten,
    "INVITED": _invited,
}
