"""The steps of goods: dispatched, delivered, received."""

from app.actions import fulfilment
from app.domain.fulfilment import Report
from app.domain.records import TrackingKind
from tests.actions.taking import send
from tests.market import by
from tests.model import goods
from tests.model.play import Play
from tests.model.world import Order


class Shipping(Play):
    """How goods leave and arrive."""

    async def dispatch(self, order: Order) -> None:
        """Everything left is dispatched."""
        await self._send(order, whole=True)

    async def part(self, order: Order) -> None:
        """One line of two is dispatched."""
        await self._send(order, whole=order.lines < 2)

    async def _send(self, order: Order, whole: bool) -> None:
        market = self.market(order)
        made = await self.take(
            "dispatch all" if whole else "dispatch a part",
            order,
            lambda: goods.dispatch(self.world, order, whole),
            lambda: send(market, order.id, None if whole else 1),
            race=True,
        )
        if made is not None:
            order.parcels.append(made)

    async def deliver(self, order: Order) -> None:
        """The carrier says that a parcel was delivered."""
        if not order.parcels:
            return
        parcel, market = self.rng.choice(order.parcels), self.market(order)
        report = Report(TrackingKind.DELIVERED, market.means.clock.now(), "carrier", market.means.mint.id().hex)
        await self.take(
            "tracking says delivered",
            order,
            lambda: goods.deliver(order, parcel),
            lambda: fulfilment.track(market.means, by(market.operator), parcel, report),
            race=True,
        )

    async def receive(self, order: Order) -> None:
        """The buyer has the goods."""
        market = self.market(order)
        await self.take(
            "confirm receipt",
            order,
            lambda: goods.receive(self.world, order),
            lambda: fulfilment.confirm_receipt(market.means, by(market.buyer), order.id),
            race=True,
        )
