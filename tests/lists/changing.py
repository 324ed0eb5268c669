"""Changes of orders by chance, as people and time make them, of every kind that a list can tell apart."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.actions import claims, desk, disputes, enrolment, fulfilment, orders
from app.actions.work import Means
from app.db import tables as t
from app.domain.access import Actor
from app.domain.errors import Refusal
from app.domain.fulfilment import Parcel
from app.domain.money import Money
from app.domain.policy import ExportMethod, TransportMode
from app.domain.records import DispatchTerm, LeadSource, Status
from app.domain.remedies import DisputeAnswer, DisputeReason
from tests.domain.build import line, one_line
from tests.market import Market, by, new_account, pay

LABELS = ("VIP", "急单", "Trade fair 2026")
COUNTRIES = ("US", "DE", "FR", "BR")
PRODUCTS = ("碳纤维手机壳", "Bamboo cup", "USB-C cable")
Row = Mapping[str, Any]
Step = Callable[["Changes", Row], Awaitable[object]]


@dataclass
class Changes:
    """What may happen to the orders of one seller; `made` counts what did, by kind."""

    market: Market
    chance: random.Random
    sales: tuple[Actor, Actor]
    buyers: tuple[Actor, Actor]
    made: Counter[str] = field(default_factory=Counter)

    @property
    def means(self) -> Any:
        """The means of the market."""
        return self.market.means

    @property
    def someone(self) -> Actor:
        """The owner or somebody of sales."""
        return self.chance.choice((self.market.seller.owner, *self.sales))

    async def make(self, number: int) -> None:
        """So many changes; what is refused is none."""
        wanted = self.made.total() + number
        while self.made.total() < wanted:
            kind = await self._try()
            if kind is not None:
                self.made[kind] += 1

    async def _try(self) -> str | None:
        row = await self._any()
        names = BEGINNINGS if row is None or self.chance.random() < 0.2 else STEPS[Status(row["status"])]
        name = self.chance.choice(names)
        try:
            await ACTS[name](self, row or {})
        except Refusal:
            return None
        return name

    async def _any(self) -> Row | None:
        """An order of the seller by chance; those that were begun last are met more often."""
        query = select(t.orders).where(t.orders.c.seller_id == self.market.seller.id)
        newest = query.order_by(t.orders.c.created_at.desc()).limit(self.chance.choice((5, 30, 300)))
        async with self.means.engine.connect() as connection:
            found = [dict(row) for row in (await connection.execute(newest)).mappings()]
        return self.chance.choice(found) if found else None

    def written(self) -> dict[str, Any]:
        """A contract by chance."""
        chance = self.chance
        now = self.means.clock.now().replace(microsecond=0)
        dispatch: dict[str, Any] = {"dispatch_term": DispatchTerm.DAYS_AFTER_DEPOSIT, "dispatch_days": 7}
        if chance.random() < 0.4:
            ahead = timedelta(seconds=chance.randint(2, 30))
            dispatch = {"dispatch_term": DispatchTerm.FIXED_INSTANT, "dispatch_instant": now + ahead}
            dispatch["dispatch_days"] = None
        terms = one_line(
            chance.choice(("10.00", "99.99", "100.00", "551.00")),
            currency=chance.choice(("USD", "USD", "EUR")),
            country=chance.choice(COUNTRIES),
            transport_mode=chance.choice([TransportMode.AIR, TransportMode.SEA]),
            export_method=chance.choice(list(ExportMethod)[:2]),
            **dispatch,
        )
        item = replace(line(str(terms["items"][0].unit_price)), description=chance.choice(PRODUCTS))
        coupon = Decimal(1) if chance.random() < 0.3 else Decimal(0)
        return {**terms, "items": (item,), "store_coupon": coupon}

    async def offer(self, _: Row) -> None:
        """The seller drafts, for somebody who is registered or not."""
        email = self.chance.choice([*(buyer.email for buyer in self.buyers), "nobody@example.com"])
        owner = by(self.someone)
        order_id = await orders.draft(self.means, owner, {**self.written(), "email": email}, None)
        await orders.match_buyer(self.means, owner, order_id)

    async def ask(self, _: Row) -> None:
        """A buyer begins a request."""
        written = {name: value for name, value in self.written().items() if name in ("items", "country", "currency")}
        await orders.draft(self.means, by(self.chance.choice(self.buyers)), written, self.market.seller.id)

    async def agree(self, _: Row) -> None:
        """The whole way to a paid order, at once."""
        buyer = self.chance.choice(self.buyers)
        owner = by(self.someone)
        order_id = await orders.draft(self.means, owner, {**self.written(), "email": buyer.email}, None)
        await orders.match_buyer(self.means, owner, order_id)
        await orders.submit(self.means, owner, order_id)
        await orders.confirm(self.means, by(buyer), order_id)
        await pay(replace(self.market, buyer=buyer), order_id)

    def drafter(self, row: Row) -> Actor:
        """Who goes on with a draft."""
        return self.someone if row["drafted_by"] == "SELLER" else self.buyer(row)

    def buyer(self, row: Row) -> Actor:
        """The buyer of an order, or one of them where it has none."""
        return next((each for each in self.buyers if each.account_id == row["buyer_id"]), self.buyers[0])

    async def edit(self, row: Row) -> None:
        """A draft is written anew, perhaps for another buyer."""
        patch = self.written()
        if row["drafted_by"] == "SELLER":
            patch["email"] = self.chance.choice(self.buyers).email
        await orders.edit(self.means, by(self.drafter(row)), row["id"], patch)

    async def assign(self, row: Row) -> None:
        """The order is given to somebody, or to nobody."""
        member = self.chance.choice((None, *(each.account_id for each in (*self.sales, self.market.seller.owner))))
        await orders.assign(self.means, by(self.market.seller.owner), row["id"], member)

    async def label(self, row: Row) -> None:
        """A label is put on or taken off."""
        word = self.chance.choice(LABELS)
        add, remove = ([], [word]) if word in row["labels"] else ([word], [])
        await desk.label(self.means, by(self.market.seller.owner), row["id"], add, remove)

    async def dispute(self, row: Row) -> None:
        """The buyer applies for some money back, or takes the application back."""
        async with self.means.engine.connect() as connection:
            query = select(t.disputes.c.id).where(
                t.disputes.c.order_id == row["id"], t.disputes.c.resolved_at.is_(None)
            )
            open_ = (await connection.execute(query)).scalar()
        caller = by(self.buyer(row))
        if open_ is None:
            amount = Money(row["total"], row["currency"]) if self.chance.random() < 0.5 else None
            await disputes.apply_for_refund(self.means, caller, row["id"], DisputeReason.NOT_RECEIVED, amount, None)
        elif self.chance.random() < 0.5:
            await disputes.withdraw(self.means, caller, open_, None)
        else:
            seller = by(self.market.seller.owner)
            await disputes.answer(self.means, seller, open_, DisputeAnswer.ACCEPT, None, None)

    async def claim(self, row: Row) -> None:
        """The buyer claims what was not kept."""
        await claims.file(self.means, by(self.buyer(row)), row["id"], None, None)


async def changes(market: Market, seed: int) -> Changes:
    """What may happen in a market: a second member of sales and a second buyer come to it."""
    means: Means = market.means
    second = await new_account(means, market.seller.sales.role, market.seller.id)
    other = await new_account(means, country="DE")
    await enrolment.join(means, by(market.seller.owner))
    return Changes(market, random.Random(seed), (market.seller.sales, second), (market.buyer, other))


ACTS: Mapping[str, Step] = {
    "offer": Changes.offer,
    "ask": Changes.ask,
    "agree": Changes.agree,
    "edit": Changes.edit,
    "submit": lambda self, row: orders.submit(self.means, by(self.drafter(row)), row["id"]),
    "delete": lambda self, row: orders.delete_draft(self.means, by(self.drafter(row)), row["id"]),
    "revise": lambda self, row: orders.revise(self.means, by(self.drafter(row)), row["id"]),
    "confirm": lambda self, row: orders.confirm(self.means, by(self.buyer(row)), row["id"]),
    "decline": lambda self, row: orders.decline(self.means, by(self.someone), row["id"], "Not now."),
    "cancel": lambda self, row: orders.cancel(self.means, by(self.someone), row["id"], "Out of stock."),
    "pay": lambda self, row: pay(replace(self.market, buyer=self.buyer(row)), row["id"]),
    "dispatch": lambda self, row: fulfilment.dispatch(self.means, by(self.someone), row["id"], Parcel("DHL", "1Z 9")),
    "receive": lambda self, row: fulfilment.confirm_receipt(self.means, by(self.buyer(row)), row["id"]),
    "assign": Changes.assign,
    "label": Changes.label,
    "lead": lambda self, row: desk.set_lead_source(
        self.means, by(self.someone), row["id"], self.chance.choice((None, LeadSource.RFQ, LeadSource.CHAT))
    ),
    "note": lambda self, row: desk.add_note(self.means, by(self.someone), row["id"], "Call them."),
    "dispute": Changes.dispute,
    "claim": Changes.claim,
}
BEGINNINGS = ("offer", "ask", "agree", "agree", "agree")
ANYWHERE = ("assign", "label", "lead", "note")
STEPS: Mapping[Status, tuple[str, ...]] = {
    Status.DRAFT: ("edit", *["submit"] * 6, "delete", "delete", *ANYWHERE),
    Status.PENDING_CONFIRMATION: (*["confirm"] * 4, "edit", "submit", "revise", "decline", "cancel", *ANYWHERE),
    Status.PENDING_PAYMENT: (*["pay"] * 4, "cancel", *ANYWHERE),
    Status.PENDING_DISPATCH: (*["dispatch"] * 3, "dispute", *["claim"] * 9, *ANYWHERE),
    Status.PARTIALLY_DISPATCHED: ("dispatch", *ANYWHERE),
    Status.DISPATCHED: (*["receive"] * 3, "dispute", "claim", *ANYWHERE),
    Status.COMPLETED: ("dispute", "claim", *ANYWHERE),
    Status.CLOSED: ANYWHERE,
}
