"""Orders driven at random through the actions, promises, claims, coupons and disputes included, to any state."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.actions import claims, disputes, fulfilment, orders, payments
from app.actions.work import Call
from app.db import tables as t
from app.domain.access import By
from app.domain.contract import Line
from app.domain.errors import Refusal
from app.domain.fulfilment import Report
from app.domain.money import Money
from app.domain.policy import ExportMethod, PaymentMethod
from app.domain.records import DispatchTerm, TrackingKind
from app.domain.remedies import ClaimRejection, DisputeAnswer, DisputeReason
from tests.actions.shelf import coupon_of, new_lane, new_product
from tests.actions.taking import arrival, send
from tests.domain.build import one_line, terms
from tests.market import LONG_AGO, PROVIDER, Market, by, drafted, new_seller, open_market, order_row
from tests.means import TestMeans

CARRIER = Call(By.TRACKING)


@dataclass
class Scene:
    """A seller outside the on-time dispatch guarantee and one in it, who sends ready goods by a lane."""

    market: Market
    promising: Market
    lane_id: UUID
    product_id: UUID


async def scene(means: TestMeans) -> Scene:
    """A fresh scene."""
    market = await open_market(means, quota_limit=10**12)
    promising = replace(market, seller=await new_seller(means, enrolled_at=LONG_AGO, quota_limit=10**12))
    lane_id = await new_lane(promising)
    return Scene(market, promising, lane_id, await new_product(promising, lane_id))


@dataclass
class Story:
    """One order on its way, and who has to do with it."""

    market: Market
    order_id: UUID
    rng: Random
    coupon_id: UUID | None = None
    done: list[str] = field(default_factory=list)

    async def confirm(self) -> None:
        """The buyer agrees, perhaps with a coupon."""
        await orders.confirm(self.market.means, by(self.market.buyer), self.order_id, self.coupon_id)

    async def pay(self) -> None:
        """Money comes online: what is due, a part of it, or all."""
        await self._arrive(PaymentMethod.PAYPAL, self.rng.choice([1.0, 1.0, 1.0, 0.5, 3.0]))

    async def all(self) -> None:
        """More than all of it comes online."""
        row = await order_row(self.market.means, self.order_id)
        coming = arrival(self.market, PaymentMethod.PAYPAL, row["total"], row["currency"])
        await payments.arrive(self.market.means, PROVIDER, self.order_id, coming)

    async def whole(self) -> None:
        """All of it comes by transfer, and is associated."""
        row = await order_row(self.market.means, self.order_id)
        coming = arrival(self.market, PaymentMethod.TT, row["total"], row["currency"])
        await payments.arrive(self.market.means, PROVIDER, self.order_id, coming)
        await self.associate()

    async def early(self) -> None:
        """A transfer comes before anything is agreed, and is held."""
        row = await order_row(self.market.means, self.order_id)
        coming = arrival(self.market, PaymentMethod.TT, 1_00, row["currency"])
        await payments.arrive(self.market.means, PROVIDER, self.order_id, coming)

    async def part(self) -> None:
        """A part of what is due comes online."""
        await self._arrive(PaymentMethod.PAYPAL, 0.5)

    async def land(self) -> None:
        """A transfer lands."""
        await self._arrive(PaymentMethod.TT, self.rng.choice([1.0, 0.5]))

    async def _arrive(self, method: PaymentMethod, part: float) -> None:
        i = t.instalments.c
        missing = i.amount - i.coupon - i.received
        query = select(missing).where(i.order_id == self.order_id, missing > 0).order_by(i.position).limit(1)
        async with self.market.means.engine.connect() as connection:
            due = (await connection.execute(query)).scalar() or 1
        currency = (await order_row(self.market.means, self.order_id))["currency"]
        landing = arrival(self.market, method, max(1, int(due * part)), currency)
        await payments.arrive(self.market.means, PROVIDER, self.order_id, landing)

    async def associate(self) -> None:
        """Transfers that wait are associated."""
        await self._receipt(payments.associate, t.receipts.c.unassociated > 0)

    async def undo(self) -> None:
        """An association is taken back."""
        await self._receipt(payments.undo_association, t.receipts.c.associated_at.is_not(None))

    async def refund_held(self) -> None:
        """What is held goes back."""
        await self._receipt(payments.refund_held, t.receipts.c.held > 0)

    async def _receipt(self, act: Callable[..., Awaitable[Any]], which: Any) -> None:
        query = select(t.receipts.c.id).where(t.receipts.c.order_id == self.order_id, which)
        async with self.market.means.engine.connect() as connection:
            found = list((await connection.execute(query)).scalars())
        for receipt_id in found[:1]:
            await act(self.market.means, by(self.market.operator), self.order_id, receipt_id)

    async def dispatch(self) -> None:
        """Some of the goods leave, or all."""
        await send(self.market, self.order_id, self.rng.choice([None, None, None, 1]))

    async def send(self) -> None:
        """All of the goods leave."""
        await send(self.market, self.order_id)

    async def track(self) -> None:
        """The carrier says of every parcel that it has arrived, some time ago or now."""
        query = select(t.shipments).where(t.shipments.c.order_id == self.order_id)
        async with self.market.means.engine.connect() as connection:
            found = (await connection.execute(query)).mappings().all()
        now = self.market.means.clock.now()
        for row in found:
            at = row["dispatched_at"] + (now - row["dispatched_at"]) * self.rng.random()
            said = Report(TrackingKind.DELIVERED, at, "carrier", self.market.means.mint.id().hex)
            await fulfilment.track(self.market.means, CARRIER, row["id"], said)

    async def receive(self) -> None:
        """The buyer has the goods."""
        await fulfilment.confirm_receipt(self.market.means, by(self.market.buyer), self.order_id)

    async def amend(self) -> None:
        """Another dispatch term is agreed."""
        patch = {"dispatch_days": self.rng.randint(1, 40)}
        await fulfilment.propose_amendment(self.market.means, by(self.market.seller.owner), self.order_id, patch, None)
        if self.rng.random() < 0.8:
            await fulfilment.answer_amendment(self.market.means, by(self.market.buyer), self.order_id, True)

    async def claim(self) -> None:
        """The buyer claims."""
        await claims.file(self.market.means, by(self.market.buyer), self.order_id, None, None)

    async def decide(self) -> None:
        """An operator decides the claim."""
        query = select(t.claims.c.id).where(t.claims.c.order_id == self.order_id)
        async with self.market.means.engine.connect() as connection:
            claim_id = (await connection.execute(query)).scalar()
        if claim_id is not None:
            approve = self.rng.random() < 0.7
            rejection = None if approve else ClaimRejection.OTHER
            operator = by(self.market.operator)
            await claims.decide(self.market.means, operator, claim_id, approve, rejection, "As it is.", None)

    async def waive(self) -> None:
        """An operator waives."""
        compensate = self.rng.random() < 0.5
        await claims.waive(self.market.means, by(self.market.operator), self.order_id, compensate, "A storm.")

    async def dispute(self) -> None:
        """The buyer asks for a part back."""
        row = await order_row(self.market.means, self.order_id)
        amount = Money(max(1, row["received"] // 3), row["currency"])
        buyer, reason = by(self.market.buyer), DisputeReason.QUALITY
        await disputes.apply_for_refund(self.market.means, buyer, self.order_id, reason, amount, None)

    async def counter(self) -> None:
        """The seller offers less."""
        row = await order_row(self.market.means, self.order_id)
        offer = Money(max(1, row["received"] // 9), row["currency"])
        await self._dispute(disputes.answer, by(self.market.seller.owner), DisputeAnswer.COUNTER, offer, None)

    async def settle(self) -> None:
        """The seller accepts what is asked."""
        await self._dispute(disputes.answer, by(self.market.seller.owner), DisputeAnswer.ACCEPT, None, None)

    async def withdraw(self) -> None:
        """The buyer takes the dispute back."""
        await self._dispute(disputes.withdraw, by(self.market.buyer), None)

    async def _dispute(self, act: Callable[..., Awaitable[Any]], call: Call, *given: Any) -> None:
        d = t.disputes.c
        query = select(d.id).where(d.order_id == self.order_id).order_by(d.id.desc()).limit(1)
        async with self.market.means.engine.connect() as connection:
            dispute_id = (await connection.execute(query)).scalar()
        if dispute_id is not None:
            await act(self.market.means, call, dispute_id, *given)

    async def cancel(self) -> None:
        """The seller calls it off."""
        await orders.cancel(self.market.means, by(self.market.seller.owner), self.order_id, "No stock.")

    async def overdue(self) -> None:
        """The dispatch deadline passes."""
        self.market.means.time.step(days=14)

    async def revise(self) -> None:
        """Another dispatch term is agreed for sure."""
        owner, buyer = by(self.market.seller.owner), by(self.market.buyer)
        await fulfilment.propose_amendment(self.market.means, owner, self.order_id, {"dispatch_days": 30}, None)
        await fulfilment.answer_amendment(self.market.means, buyer, self.order_id, True)

    async def wait(self) -> None:
        """Days pass."""
        self.market.means.time.step(days=self.rng.choice([1, 3, 8, 20, 33]), seconds=self.rng.randint(0, 9_999))

    async def step(self) -> str:
        """One random step, more often one that leads on; what was refused has still been tried."""
        status = (await order_row(self.market.means, self.order_id))["status"]
        way = self.rng.choice(WAYS.get(status, ["wait"]))
        with suppress(Refusal):
            await getattr(self, way)()
            self.done.append(way)
        self.market.means.time.step(minutes=self.rng.randint(1, 600))
        return way


_TALK = ["dispute", "counter", "settle", "withdraw", "decide", "waive", "wait"]
WAYS = {
    "PENDING_CONFIRMATION": ["confirm"],
    "PENDING_PAYMENT": [*["pay"] * 8, *["land", "associate"] * 2, "refund_held", "amend", "cancel", "wait"],
    "PENDING_DISPATCH": [*["dispatch"] * 4, *["wait"] * 3, "pay", "undo", "amend", "claim", *_TALK],
    "PARTIALLY_DISPATCHED": [*["dispatch"] * 4, *["wait"] * 2, "pay", "amend", "claim", "track", *_TALK],
    "DISPATCHED": [*["wait"] * 3, "track", "track", "receive", "pay", "claim", *_TALK],
    "COMPLETED": [*["wait"] * 2, "track", "claim", "pay", *_TALK],
    "CLOSED": ["wait"],
}


async def begun(scene: Scene, rng: Random, discounted: bool | None = None, guaranteed: bool | None = None) -> Story:
    """A random order, offered: promised or not, discounted or not, with a coupon or not."""
    promising = rng.random() < 0.7 or bool(guaranteed)
    market = scene.promising if promising else scene.market
    ready = promising and (rng.random() < 0.6 if guaranteed is None else guaranteed)
    currency = "USD" if ready or discounted else rng.choice(["USD", "USD", "JPY"])
    days = rng.randint(1, 12)
    changes: dict[str, Any] = {"dispatch_days": days, "export_method": ExportMethod.SELF_OPERATED}
    if rng.random() < 0.5:
        changes["export_method"] = ExportMethod.EASY_DISPATCH
    if rng.random() < 0.5:
        changes["dispatch_term"] = DispatchTerm.DAYS_AFTER_FULL_PAYMENT
    if rng.random() < 0.3:
        changes["store_coupon"] = Decimal(5)
    written = one_line("300.00", **changes) if rng.random() < 0.5 and currency == "USD" else terms(currency, **changes)
    if ready:
        line = Line("", Decimal(rng.randint(3, 40)), "", product_id=scene.product_id)
        written |= {"items": (line,), "lane_id": scene.lane_id, "carrier": None, "transport_mode": None}
        written |= {"deposit": Decimal(9)} if written["deposit"] else {}
        written["export_method"] = ExportMethod.SELF_OPERATED
    order_id = await drafted(market, written)
    await orders.submit(market.means, by(market.seller.owner), order_id)
    coupon_id = None
    if currency == "USD" and (rng.random() < 0.4 if discounted is None else discounted):
        coupon_id = await compensation(market, rng.choice([1_00, 30_00, 100_00]))
    return Story(market, order_id, rng, coupon_id)


async def compensation(market: Market, amount: int) -> UUID:
    """A coupon of the buyer's at the seller's expense, approved for another order that was late."""
    coupon_id = await coupon_of(market, amount)
    claim_id = select(t.coupons.c.claim_id).where(t.coupons.c.id == coupon_id).scalar_subquery()
    approved = update(t.claims).where(t.claims.c.id == claim_id)
    decided = {"status": "APPROVED", "coupon_id": coupon_id, "liability": "SELLER", "reason": "It was late."}
    now = market.means.clock.now()
    async with market.means.engine.begin() as connection:
        await connection.execute(approved.values(**decided, decided_at=now, decided_by=market.operator.account_id))
    return coupon_id
