"""Histories of a seller's money: random steps through the actions, each written into books that are kept by hand."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.actions import fulfilment, orders, payments, policies, sellers
from app.db import tables as t
from app.db.engine import write_engine
from app.domain.contract import Line
from app.domain.errors import ErrorCode, Refusal
from app.domain.funds import Arrival
from app.domain.policy import ExportMethod, MethodRule, PaymentMethod
from app.domain.policy_changes import PolicyPatch
from app.domain.records import DispatchTerm, GuaranteeMethod, PaymentTerms
from tests.actions.books import Book, Slip, half_up
from tests.actions.taking import send
from tests.domain.build import terms
from tests.market import PROVIDER, Market, by, drafted, new_operator, order_row, row_of
from tests.means import TestMeans

# How many decimals each currency has, and a largest price that keeps every order under easy dispatch's limit
PLACES = {"USD": 2, "JPY": 0, "KWD": 3}
DEAREST = {"USD": 60_000, "JPY": 90_000, "KWD": 180_000}
VISA_FEE = Fraction(1, 100)
RATES = {ExportMethod.EASY_DISPATCH: Fraction(2, 100), ExportMethod.SELF_OPERATED: Fraction(0)}


@dataclass
class History:
    """A market, the books of its orders, and what the seller has withdrawn."""

    market: Market
    rng: Random
    books: list[Book] = field(default_factory=list)
    withdrawn: Counter[str] = field(default_factory=Counter)
    told: list[tuple[Book, Arrival]] = field(default_factory=list)

    # --- contracts ------------------------------------------------------------------------------------------------

    def contract(self) -> tuple[dict[str, Any], Book]:
        """A random contract, and its empty book."""
        rng = self.rng
        currency = rng.choice(sorted(PLACES))
        prices = [rng.randint(1, DEAREST[currency]) for _ in range(rng.randint(1, 2))]
        quantities = [Decimal(rng.randint(1, 3_000)).scaleb(-3) for _ in prices]
        shipping = rng.randint(1, 2_000)
        total = sum(half_up(Fraction(q) * price) for price, q in zip(prices, quantities, strict=True)) + shipping
        deposit = rng.choice([None, rng.randint(1, total - 1)]) if total > 1 else None
        export = rng.choice(sorted(RATES))
        written = terms(
            currency,
            items=tuple(
                Line("Carbon fibre", q, "piece", money(price, currency))
                for price, q in zip(prices, quantities, strict=True)
            ),
            shipping_fee=money(shipping, currency),
            shipping_discount=Decimal(0),
            store_coupon=Decimal(0),
            payment_terms=PaymentTerms.FULL if deposit is None else PaymentTerms.DEPOSIT_BALANCE,
            deposit=None if deposit is None else money(deposit, currency),
            dispatch_term=rng.choice([DispatchTerm.DAYS_AFTER_DEPOSIT, DispatchTerm.DAYS_AFTER_FULL_PAYMENT]),
            export_method=export,
            guarantee_method=rng.choice(list(GuaranteeMethod)),
        )
        parts = [total] if deposit is None else [deposit, total - deposit]
        return written, Book(UUID(int=0), self.market.seller.id, currency, parts, RATES[export])

    async def begin(self) -> None:
        """One more order is offered, and perhaps brought some of its way at once."""
        written, book = self.contract()
        book.order_id = await drafted(self.market, written)
        await orders.submit(self.market.means, by(self.market.seller.owner), book.order_id)
        self.books.append(book)
        early = self.rng.choice([None, self.card, self.transfer])
        if early:
            await early(book)
        onward: list[Callable[[Book], Awaitable[None]]] = [self.confirm, self.deposit, self.dispatch, self.receive]
        for way in onward[: self.rng.randint(0, len(onward))]:
            await way(book)

    async def deposit(self, book: Book) -> None:
        """All that is due, and perhaps too much, is transferred and associated."""
        if not book.missing:
            return
        await self._arrive(book, PaymentMethod.TT, book.missing + self.rng.choice([0, 5]), book.currency)
        operator = by(self.market.operator)
        await payments.associate(self.market.means, operator, book.order_id, book.slips[-1].id)
        book.associate(book.slips[-1])

    async def rewrite(self, book: Book) -> None:
        """The seller takes the offer back and makes another one, perhaps in another currency."""
        owner, means = by(self.market.seller.owner), self.market.means
        written, fresh = self.contract()
        await orders.revise(means, owner, book.order_id)
        del written["email"]
        await orders.edit(means, owner, book.order_id, written)
        await orders.submit(means, owner, book.order_id)
        book.currency, book.parts, book.fee_rate = fresh.currency, fresh.parts, fresh.fee_rate

    # --- money that comes -----------------------------------------------------------------------------------------

    async def _arrive(self, book: Book, method: PaymentMethod, amount: int, currency: str, started: Any = None) -> None:
        reference = started["reference"] if started else self.market.means.mint.id().hex
        now = self.market.means.clock.now()
        arrival = Arrival(method, "demonstration", reference, amount, currency, "A buyer", now)
        receipt_id = await payments.arrive(self.market.means, PROVIDER, book.order_id, arrival)
        slip = Slip(receipt_id, method is PaymentMethod.TT, amount, currency)
        book.arrive(slip, started["amount"] if started else None, started["payment_fee"] if started else 0)
        self.told.append((book, arrival))

    def _sum(self, book: Book) -> int:
        due = book.due() or book.parts[0]
        return int(self.rng.choice([1, due, due, due + 1, max(1, due - 1), book.total, book.total + 777]))

    def _currency(self, book: Book) -> str:
        return str(self.rng.choice([book.currency] * 5 + ["USD", "CHF"]))

    async def card(self, book: Book) -> None:
        """Money comes online that nobody announced."""
        await self._arrive(book, PaymentMethod.PAYPAL, self._sum(book), self._currency(book))

    async def transfer(self, book: Book) -> None:
        """A bank transfer comes."""
        await self._arrive(book, PaymentMethod.TT, self._sum(book), self._currency(book))

    async def start(self, book: Book) -> None:
        """The buyer starts a payment and what comes of it is exact, too little, too much, or in another currency."""
        means, buyer = self.market.means, by(self.market.buyer)
        starting = payments.start(means, buyer, book.order_id, None, PaymentMethod.VISA, "demonstration")
        payment_id = await self.expect(bool(book.due()), starting, ErrorCode.INSTALMENT_COMPLETE)
        if payment_id is None:
            return
        row = await row_of(means, t.payments, payment_id)
        assert (row["amount"], row["payment_fee"]) == (book.due(), half_up(book.due() * VISA_FEE))
        more = self.rng.choice([0, 0, 0, -1, 1, 500])
        amount = max(1, row["amount"] + row["payment_fee"] + more)
        await self._arrive(book, PaymentMethod.VISA, amount, self._currency(book), row)

    async def repeat(self, book: Book) -> None:
        """What was stated is stated again: nothing comes of it."""
        mine = [arrival for known, arrival in self.told if known is book]
        if mine:
            again = mine[self.rng.randint(0, len(mine) - 1)]
            receipt_id = await payments.arrive(self.market.means, PROVIDER, book.order_id, again)
            assert receipt_id in {slip.id for slip in book.slips}

    # --- what is done with it -------------------------------------------------------------------------------------

    async def expect(self, possible: bool, doing: Awaitable[Any], *codes: ErrorCode) -> Any:
        """What it comes to when the books say that it is possible; None after the refusal when they do not."""
        try:
            made = await doing
        except Refusal as refusal:
            assert not possible, refusal
            assert refusal.code in (*codes, ErrorCode.STEP_NOT_ALLOWED)
            return None
        assert possible
        return made

    async def _on_slip(self, book: Book, act: Any, test: Callable[[Slip], bool], write: Callable[[Slip], None]) -> None:
        if not book.slips:
            return
        places = range(len(book.slips))
        likely = [at for at in places if test(book.slips[at])]
        slip = book.slips[self.rng.choice([*likely * 4, *places])]
        doing = act(self.market.means, by(self.market.operator), book.order_id, slip.id)
        if await self.expect(test(slip), doing, ErrorCode.NOT_UNASSOCIATED, ErrorCode.NOTHING_HELD):
            write(slip)

    async def associate(self, book: Book) -> None:
        """A transfer is counted."""
        await self._on_slip(book, payments.associate, book.associable, book.associate)

    async def undo(self, book: Book) -> None:
        """An association is taken back."""
        await self._on_slip(book, payments.undo_association, book.undoable, book.undo)

    async def refund(self, book: Book) -> None:
        """Held money goes back."""
        await self._on_slip(book, payments.refund_held, lambda slip: slip.held > 0, book.refund)

    async def withdraw(self, book: Book) -> None:
        """The seller withdraws some or all of the balance, or tries to take more."""
        mine = [other for other in self.books if other.currency == book.currency]
        balance = sum(other.released - other.charged for other in mine) - self.withdrawn[book.currency]
        amount = self.rng.choice([1, max(1, balance // 3), balance or 1, balance + 1])
        doing = sellers.withdraw(self.market.means, by(self.market.seller.finance), amount, book.currency)
        if await self.expect(amount <= balance, doing, ErrorCode.BALANCE_TOO_SMALL):
            self.withdrawn[book.currency] += amount

    # --- the order's own way --------------------------------------------------------------------------------------

    async def confirm(self, book: Book) -> None:
        """The buyer agrees."""
        await orders.confirm(self.market.means, by(self.market.buyer), book.order_id)
        book.confirm()

    async def cancel(self, book: Book) -> None:
        """The seller calls it off, if no money is there or nothing was agreed."""
        doing = orders.cancel(self.market.means, by(self.market.seller.sales), book.order_id, "No stock.")
        possible = book.stage == "OFFERED" or (book.stage == "OPEN" and not book.landed)
        if await self.expect(possible, doing, ErrorCode.MONEY_LANDED):
            book.stage = "CLOSED"

    async def amend(self, book: Book) -> None:
        """Other shipping or another dispatch term is proposed, and answered; it may be refused for its own reasons."""
        means, owner = self.market.means, by(self.market.seller.owner)
        row = await order_row(means, book.order_id)
        shipping = self.rng.randint(1, 2_000)
        patch: dict[str, Any] = {"shipping_fee": money(shipping, book.currency)}
        if self.rng.random() < 0.5:
            term = self.rng.choice([DispatchTerm.DAYS_AFTER_DEPOSIT, DispatchTerm.DAYS_AFTER_FULL_PAYMENT])
            patch = {"dispatch_term": term}
        accept = self.rng.random() < 0.5
        try:
            await fulfilment.propose_amendment(means, owner, book.order_id, patch, None)
            await fulfilment.answer_amendment(means, by(self.market.buyer), book.order_id, accept)
        except Refusal as refusal:
            assert refusal.code is not ErrorCode.NOT_FOUND
            assert "shipping_fee" not in patch or book.landed or book.dispatched or len(book.parts) == 2
            return
        if accept and "shipping_fee" in patch:
            assert not book.landed
            book.parts[-1] += shipping - row["shipping_fee"]

    async def dispatch(self, book: Book) -> None:
        """Some of the goods leave, or all."""
        try:
            await send(self.market, book.order_id, self.rng.choice([None, None, 1]))
        except Refusal:
            return
        book.dispatched = True

    async def receive(self, book: Book) -> None:
        """The buyer has the goods."""
        with suppress(Refusal):
            await fulfilment.confirm_receipt(self.market.means, by(self.market.buyer), book.order_id)
        await self._completed(book)

    async def wait(self, _: Book) -> None:
        """So much time passes that whatever was sent counts as received."""
        self.market.means.time.step(days=46)
        for book in self.books:
            # what is refused settles first
            with suppress(Refusal):
                await orders.confirm(self.market.means, by(self.market.seller.owner), book.order_id)
            await self._completed(book)

    async def _completed(self, book: Book) -> None:
        row = await order_row(self.market.means, book.order_id)
        assert (row["status"] == "CLOSED") == (book.stage == "CLOSED")
        if row["status"] == "COMPLETED" and book.stage == "OPEN":
            assert book.dispatched
            book.complete()

    # --- one step -------------------------------------------------------------------------------------------------

    async def step(self) -> None:
        """One random step on one of the orders, more often one that leads on."""
        at = self.rng.randint(0, len(self.books) - 1)
        book = self.books[at]
        way = self.rng.choice(WAYS[book.stage])
        await getattr(self, way)(book)
        self.market.means.time.step(minutes=7)


MONEY = ["card", "transfer", "refund", "repeat"]
ONWARD = ["start", "associate", "undo", "dispatch", "receive"]
WAYS = {
    "OFFERED": [*MONEY, *["confirm"] * 4, "rewrite", "cancel"],
    "OPEN": [*MONEY, *ONWARD * 2, "amend", "cancel", "wait"],
    "COMPLETED": [*MONEY, *["start", "associate", "withdraw"] * 2, "undo"],
    "CLOSED": [*MONEY, "associate"],
}


def money(minor: int, currency: str) -> Decimal:
    """An amount as a contract writes it."""
    return Decimal(minor).scaleb(-PLACES[currency])


@asynccontextmanager
async def costly(url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database in which paying by VISA costs the buyer 1 %."""
    engine = write_engine(url)
    means = TestMeans(engine)
    visa = MethodRule(PaymentMethod.VISA, (), (), None, Decimal("0.01"))
    await policies.change(means, by(await new_operator(means)), PolicyPatch(methods=[visa]))
    yield engine
    await engine.dispose()


async def kinds_of(market: Market) -> set[str]:
    """Every kind of entry that a seller's market has seen."""
    query = text("SELECT DISTINCT kind FROM entries WHERE seller_id = :seller")
    async with market.means.engine.connect() as connection:
        return set((await connection.execute(query, {"seller": market.seller.id})).scalars())
