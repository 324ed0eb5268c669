"""The steps of the played market: each chooses what it does, tells the model, and goes through an action."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.actions import claims, disputes, fulfilment, orders, payments, sellers
from app.db import tables as t
from app.domain.fulfilment import Report
from app.domain.funds import Arrival
from app.domain.money import Money
from app.domain.policy import PaymentMethod
from app.domain.records import TrackingKind
from app.domain.remedies import ClaimRejection, DisputeAnswer, DisputeReason
from tests.actions.taking import send
from tests.market import PROVIDER, by, row_of
from tests.model import goods, money, remedies
from tests.model.play import Play
from tests.model.world import Coupon, Order, Receipt, refuse


class Steps(Play):
    """What can be done in the market, one method a step."""

    # --- agreement ----------------------------------------------------------------------------------------------------

    async def confirm(self, order: Order, plain: bool = False) -> None:
        """The buyer agrees, perhaps with a coupon of theirs or of somebody else's."""
        coupon: Coupon | None = None
        if not plain and self.rng.random() < 0.8:
            likely = [c for c in self.world.coupons if c.status == "AVAILABLE" and c.buyer == order.buyer]
            coupon = self.rng.choice([*likely * 9, *self.world.coupons, *[None] * 5])
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

    # --- money --------------------------------------------------------------------------------------------------------

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
            None if again else order,
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

    # --- goods --------------------------------------------------------------------------------------------------------

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

    # --- claims -------------------------------------------------------------------------------------------------------

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

    # --- disputes -----------------------------------------------------------------------------------------------------

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


def _reused(row: Receipt, amount: int | None) -> None:
    refuse(REFERENCE_REUSED=amount is not None and amount != row.amount)
