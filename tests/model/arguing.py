"""The steps of disputes."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.actions import disputes
from app.domain.money import Money
from app.domain.remedies import DisputeAnswer, DisputeReason
from tests.market import by
from tests.model import remedies
from tests.model.play import Play
from tests.model.world import Order


class Arguing(Play):
    """How a refund is argued about."""

    def _amount(self, order: Order, *more: int | None) -> int | None:
        """An amount to name: a part, all of it, or a little too much."""
        left = order.left
        return self.rng.choice([max(1, left // 3), max(1, left // 2), max(1, left), max(1, left + 1), *more])

    async def dispute(self, order: Order) -> None:
        """The buyer applies for a refund."""
        market, amount = self.market(order), self._amount(order, None, None)
        made = await self.take(
            "open a dispute",
            order,
            lambda: remedies.open_dispute(self.world, order, amount),
            lambda: disputes.apply_for_refund(
                market.means, by(market.buyer), order.id, DisputeReason.QUALITY, _money(amount, order), None
            ),
            race=True,
        )
        if made is not None:
            order.disputes[-1].id = made

    async def _argue(
        self, name: str, order: Order, model: Callable[[], None], act: Callable[..., Awaitable[Any]]
    ) -> None:
        dispute_id = order.disputes[-1].id
        await self.take(name, order, model, lambda: act(dispute_id), race=True)

    async def answer(self, order: Order) -> None:
        """A side answers: mostly the one whose word is awaited."""
        if not order.disputes:
            return
        market, buyer = self.market(order), order.disputes[-1].status == "AWAITING_BUYER"
        buyer = buyer if self.rng.random() < 0.9 else not buyer
        who = by(market.buyer if buyer else market.seller.sales)
        word = self.rng.choice(["ACCEPT", "REJECT", "COUNTER", "COUNTER"])
        amount = self._amount(order) if word == "COUNTER" else None
        await self._argue(
            f"answer a dispute with {word.lower()}",
            order,
            lambda: remedies.answer(self.world, order, buyer, word, amount),
            lambda id: disputes.answer(market.means, who, id, DisputeAnswer(word), _money(amount, order), None),
        )

    async def escalate(self, order: Order) -> None:
        """A side hands it to the operators."""
        if order.disputes:
            market = self.market(order)
            await self._argue(
                "escalate",
                order,
                lambda: remedies.escalate(order),
                lambda id: disputes.escalate(market.means, by(market.seller.owner), id, None),
            )

    async def decide_dispute(self, order: Order) -> None:
        """An operator decides: all, a part, or nothing."""
        if order.disputes:
            market, amount = self.market(order), self._amount(order, None, None, 0)
            await self._argue(
                "decide a dispute",
                order,
                lambda: remedies.decide_dispute(self.world, order, amount),
                lambda id: disputes.decide(market.means, by(market.operator), id, _money(amount, order), "Seen."),
            )

    async def withdraw_dispute(self, order: Order) -> None:
        """The buyer takes it back."""
        if order.disputes:
            market = self.market(order)
            await self._argue(
                "withdraw a dispute",
                order,
                lambda: remedies.withdraw_dispute(self.world, order),
                lambda id: disputes.withdraw(market.means, by(market.buyer), id, None),
            )

    async def reopen(self, order: Order) -> None:
        """An operator takes a rejection back."""
        if order.disputes:
            market = self.market(order)
            await self._argue(
                "reopen a dispute",
                order,
                lambda: remedies.reopen(self.world, order),
                lambda id: disputes.reopen(market.means, by(market.operator), id, "New pictures."),
            )


def _money(amount: int | None, order: Order) -> Money | None:
    return None if amount is None else Money(amount, order.currency)
