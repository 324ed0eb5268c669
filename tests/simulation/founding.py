"""How a simulated market begins: an operator's lanes, sellers with products, buyers."""

from decimal import Decimal
from uuid import UUID

from app.actions import enrolment, freight, products, sellers
from app.domain.goods import CargoClass, LaneProvider, TransitUnit
from app.domain.policy import TransportMode
from app.domain.products import Tier
from app.domain.sellers import Verification
from tests.market import by, new_account, new_operator, new_seller, set_rates
from tests.simulation.world import Firm, World

FORM = Verification("Ningbo Carbon Works Ltd.", "91330200MA28", "CN", "1 Harbour Road, Ningbo", "Wang Lei")
QUOTA = 1_000_000_00


async def found(world: World, firms: int, buyers: int) -> None:
    """Everybody comes to the market."""
    means = world.means
    await set_rates(means)
    world.operator = await new_operator(means)
    lanes = [await _lane(world, name, days, guaranteed) for name, days, guaranteed in LANES]
    for number in range(firms):
        world.firms.append(await _firm(world, number, lanes))
    world.buyers = [await new_account(means, name=f"Buyer {number}") for number in range(buyers)]


LANES = (("Air line", (3, 5), True), ("Slow air line", (10, 14), True), ("Open air line", (6, 12), False))


async def _lane(world: World, name: str, days: tuple[int, int], guaranteed: bool) -> UUID:
    patch = {
        "name": name,
        "carrier": "Cainiao",
        "cargo_class": CargoClass.GENERAL,
        "mode": TransportMode.AIR,
        "origin": "CN",
        "destinations": ("US", "DE"),
        "min_days": days[0],
        "max_days": days[1],
        "unit": TransitUnit.CALENDAR_DAYS,
        "base_price": 3_00,
        "kilo_price": 50,
        "guaranteed": guaranteed,
        "recommended": guaranteed,
    }
    return await freight.lane_create(world.means, by(world.operator), LaneProvider.PLATFORM, patch, True)


async def _firm(world: World, number: int, lanes: list[UUID]) -> Firm:
    """A seller who applied for the service, has a quota, mostly joined the guarantee, and sells three products."""
    means, free = world.means, number % 3 == 1
    team = await new_seller(means, service="INACTIVE", membership="FREE" if free else "PAID", name=f"Seller {number}")
    firm = Firm(number, team)
    owner, operator = by(team.owner), by(world.operator)
    await sellers.apply(means, owner, FORM if free else None)
    if free:
        (row,) = await world.rows("SELECT id FROM applications WHERE seller_id = :seller", seller=team.id)
        await sellers.decide(means, operator, row.id, False, "The seal cannot be read.")
        await sellers.apply(means, owner, FORM)
        (row,) = await world.rows(
            "SELECT id FROM applications WHERE seller_id = :seller AND status = 'PENDING'", seller=team.id
        )
        await sellers.decide(means, operator, row.id, True, "All is in order.")
    await sellers.set_quota(means, operator, team.id, QUOTA, "By its turnover.")
    if number % 4 != 3:
        await enrolment.join(means, owner)
    firm.lanes = list(lanes)
    template = await freight.template_create(means, owner, "By air", lanes)
    firm.ready = [await _product(world, firm, f"Case {price}", price, template) for price in (9, 31)]
    firm.made = [await _product(world, firm, "Mould", 55, None)]
    return firm


async def _product(world: World, firm: Firm, name: str, price: int, template: UUID | None) -> UUID:
    sheet = {
        "name": name,
        "currency": "USD",
        "unit": "piece",
        "unit_grams": 400,
        "minimum_quantity": Decimal(1),
        "tiers": (Tier(Decimal(1), Decimal(price)), Tier(Decimal(50), Decimal(price) * Decimal("0.9"))),
        "ready_to_ship": template is not None,
        "dispatch_days": 3,
        "template_id": template,
    }
    owner = by(firm.team.owner)
    made = await products.create(world.means, owner, sheet)
    await products.review(world.means, by(world.operator), made, True)
    return await products.publish(world.means, owner, made)
