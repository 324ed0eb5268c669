"""The steps of money: it comes, is associated, goes back and is withdrawn."""

from typing import Any

from app.actions import payments, sellers
from app.db import tables as t
from app.domain.funds import Arrival
from app.domain.policy import PaymentMethod
from tests.market import PROVIDER, by, row_of
from tests.model import money
from tests.model.play import Play
from tests.model.world import Order, Receipt, refuse


class Paying(Play):
    """How money comes and goes."""

    async def _arrive(self, name: str, order: Order, row: Receipt, amount: int | None = None) -> None:
        market = self.market(order)
        arrival = Arrival(
            PaymentMethod.TT if row.transfer else PaymentMethod.PAYPAL,
            "demonstration",
            row.reference,
            row.amount if amount is None else amount,
            row.currency,
            "A buyer",
            market.means.clock.now(),
        )
        again = row.id is not None
        made = await self.take(
            name,
            order,
            lambda: _reused(row, amount) if again else money.arrive(self.world, order, row),
            lambda: payments.arrive(market.means, PROVIDER, order.id, arrival),
            race=not again,
        )
        if again:
            assert made in (None, row.id)
        row.id = row.id or made

    async def card(self, order: Order) -> None:
        """Money comes online."""
        await self._arrive("money online", order, self.receipt(order, transfer=False))

    async def transfer(self, order: Order) -> None:
        """A bank transfer lands."""
        await self._arrive("transfer lands", order, self.receipt(order, transfer=True))

    async def pay(self, order: Order) -> None:
        """What is due comes online, to the cent."""
        if order.due_now:
            row = Receipt(False, order.due_now, order.currency, self.means.mint.id().hex)
            await self._arrive("paid online exactly", order, row)

    async def start(self, order: Order) -> None:
        """The buyer starts a payment of what is due."""
        market, due = self.market(order), order.due_now
        made = await self.take(
            "start a payment",
            order,
            lambda: money.start(order),
            lambda: payments.start(market.means, by(market.buyer), order.id, None, PaymentMethod.VISA, "demonstration"),
        )
        if made is not None:
            row = await row_of(market.means, t.payments, made)
            assert row["amount"] == due
            order.started.append((row["reference"], due))

    async def keep_promise(self, order: Order) -> None:
        """What was started is paid, be it long after."""
        if order.started:
            reference, amount = order.started.pop()
            await self._arrive("started payment comes", order, Receipt(False, amount, order.currency, reference))

    async def repeat(self, order: Order) -> None:
        """A reference is stated again, sometimes with another amount."""
        if order.receipts:
            row = self.rng.choice(order.receipts)
            await self._arrive("stated again", order, row, self.rng.choice([None, None, row.amount + 1]))

    async def _on_receipt(self, name: str, order: Order, likely: list[Receipt], model: Any, act: Any) -> None:
        if not order.receipts:
            return
        row, market = self.rng.choice([*likely * 5, *order.receipts]), self.market(order)
        await self.take(
            name,
            order,
            lambda: model(self.world, order, row),
            lambda: act(market.means, by(market.operator), order.id, row.id),
            race=True,
        )

    async def associate(self, order: Order) -> None:
        """A transfer is counted."""
        likely = [row for row in order.receipts if order.waits(row)]
        await self._on_receipt("associate", order, likely, money.associate, payments.associate)

    async def undo(self, order: Order) -> None:
        """An association is taken back."""
        likely = [row for row in order.receipts if row.transfer and row.counted]
        await self._on_receipt("undo an association", order, likely, money.undo, payments.undo_association)

    async def send_back(self, order: Order) -> None:
        """What is held goes back to its payer."""
        likely = [row for row in order.receipts if order.sendable(row)]
        await self._on_receipt("held money goes back", order, likely, money.send_back, payments.refund_held)

    async def withdraw(self, order: Order) -> None:
        """The seller withdraws something of the balance, or tries to take more."""
        market, currency = self.market(order), order.currency
        there = self.world.holds("SELLER", order.seller, currency)
        free = there + self.world.holds("RECEIVABLE", order.seller, currency)
        amount = self.rng.choice([1, max(1, free // 3), max(1, free), max(1, there + 1)])
        await self.take(
            "withdraw",
            None,
            lambda: money.withdraw(self.world, order.seller, amount, currency),
            lambda: sellers.withdraw(market.means, by(market.seller.finance), amount, currency),
        )


def _reused(row: Receipt, amount: int | None) -> None:
    refuse(REFERENCE_REUSED=amount is not None and amount != row.amount)
