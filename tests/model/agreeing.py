"""The steps of agreement: a buyer confirms, a side cancels, terms are amended."""

from app.actions import fulfilment, orders
from tests.market import by
from tests.model import goods
from tests.model.play import Play
from tests.model.world import Coupon, Order


class Agreeing(Play):
    """How an order is agreed, called off and amended."""

    async def confirm(self, order: Order) -> None:
        """The buyer agrees, perhaps with a coupon of theirs or of somebody else's."""
        coupon: Coupon | None = None
        if self.rng.random() < 0.8:
            likely = [c for c in self.world.coupons if c.status == "AVAILABLE" and c.buyer == order.buyer]
            coupon = self.rng.choice([*likely * 9, *self.world.coupons, *[None] * 5])
        await self.confirm_with(order, coupon)

    async def confirm_with(self, order: Order, coupon: Coupon | None) -> None:
        """The buyer agrees, with this coupon or with none."""
        market, coupon_id = self.market(order), None if coupon is None else coupon.id
        await self.take(
            "confirm" if coupon is None else "confirm with a coupon",
            order,
            lambda: goods.confirm(self.world, order, coupon),
            lambda: orders.confirm(market.means, by(market.buyer), order.id, coupon_id),
        )

    async def cancel(self, order: Order) -> None:
        """Either side calls it off."""
        market = self.market(order)
        who = by(self.rng.choice([market.buyer, market.seller.sales]))
        await self.take(
            "cancel",
            order,
            lambda: goods.cancel(self.world, order),
            lambda: orders.cancel(market.means, who, order.id, "No stock."),
        )

    async def amend(self, order: Order) -> None:
        """The seller proposes another number of days."""
        market, days = self.market(order), self.rng.choice([1, 5, 14, 40, order.days])
        await self.take(
            "propose an amendment",
            order,
            lambda: goods.propose(self.world, order, days),
            lambda: fulfilment.propose_amendment(
                market.means, by(market.seller.owner), order.id, {"dispatch_days": days}, None
            ),
        )

    async def answer_amendment(self, order: Order) -> None:
        """The buyer confirms or declines it."""
        market, accept = self.market(order), self.rng.random() < 0.7
        await self.take(
            "answer an amendment",
            order,
            lambda: goods.answer(self.world, order, accept),
            lambda: fulfilment.answer_amendment(market.means, by(market.buyer), order.id, accept),
            race=True,
        )
