"""The steps of claims and waivers."""

from app.actions import claims
from app.db import tables as t
from app.domain.remedies import ClaimRejection
from tests.market import by, row_of
from tests.model import remedies
from tests.model.play import Play
from tests.model.world import Order


class Claiming(Play):
    """How a broken promise is claimed, decided and waived."""

    async def claim(self, order: Order) -> None:
        """The buyer claims the late dispatch."""
        market = self.market(order)
        made = await self.take(
            "file a claim",
            order,
            lambda: remedies.file_claim(self.world, order),
            lambda: claims.file(market.means, by(market.buyer), order.id, None, None),
            race=True,
        )
        if made is not None and order.claim is not None:
            order.claim.id = made

    async def decide(self, order: Order) -> None:
        """An operator decides the claim."""
        if order.claim is None:
            return
        market, claim_id, approve = self.market(order), order.claim.id, self.rng.random() < 0.85
        rejection = None if approve else ClaimRejection.FACTS
        await self.take(
            "approve a claim" if approve else "reject a claim",
            order,
            lambda: remedies.decide_claim(self.world, order, approve),
            lambda: claims.decide(market.means, by(market.operator), claim_id, approve, rejection, "Seen.", None),
        )
        if (coupon := order.claim.coupon) is not None and coupon.id is None:
            coupon.id = (await row_of(market.means, t.claims, claim_id))["coupon_id"]

    async def undo_decision(self, order: Order) -> None:
        """An operator takes the decision back."""
        if order.claim is None:
            return
        market, claim_id = self.market(order), order.claim.id
        await self.take(
            "undo a decision",
            order,
            lambda: remedies.undo_claim(self.world, order),
            lambda: claims.undo_decision(market.means, by(market.operator), claim_id, "A mistake."),
        )

    async def waive(self, order: Order) -> None:
        """An operator waives it, with or without compensation."""
        market, compensate = self.market(order), self.rng.random() < 0.6
        await self.take(
            "waive",
            order,
            lambda: remedies.waive(order, compensate),
            lambda: claims.waive(market.means, by(market.operator), order.id, compensate, "A flood."),
            race=True,
        )

    async def withdraw_waiver(self, order: Order) -> None:
        """An operator takes the waiver back."""
        market = self.market(order)
        await self.take(
            "withdraw a waiver",
            order,
            lambda: remedies.withdraw_waiver(order),
            lambda: claims.withdraw_waiver(market.means, by(market.operator), order.id, "No flood."),
            race=True,
        )
