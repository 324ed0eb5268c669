"""What every account must hold, kept by hand beside the product and sharing none of its code.

Each order's book knows what was paid, returned and received, and works out from that alone where the money stands.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from uuid import UUID

Account = tuple[str, UUID | None, str]


def half_up(value: Fraction) -> int:
    """The nearest whole number of something positive, halves up."""
    return int(value + Fraction(1, 2))


@dataclass
class Slip:
    """One arrival of money, and what became of it."""

    id: UUID
    transfer: bool
    amount: int
    currency: str
    fee: int = 0
    waiting: int = 0
    counted: int = 0
    held: int = 0
    returned: int = 0


@dataclass
class Book:
    """One order's money. `stage` is OFFERED, OPEN, COMPLETED or CLOSED; `parts` are its instalments."""

    order_id: UUID
    seller_id: UUID
    currency: str
    parts: list[int]
    fee_rate: Fraction
    stage: str = "OFFERED"
    dispatched: bool = False
    slips: list[Slip] = field(default_factory=list)
    released: int = 0

    @property
    def total(self) -> int:
        """The agreed total."""
        return sum(self.parts)

    @property
    def received(self) -> int:
        """What counts of all that arrived."""
        return sum(slip.counted for slip in self.slips)

    @property
    def missing(self) -> int:
        """What has still to come in."""
        return self.total - self.received

    @property
    def landed(self) -> bool:
        """Whether some money is here that has not gone back whole."""
        return any(slip.amount > slip.returned for slip in self.slips)

    @property
    def charged(self) -> int:
        """The platform's fee, as far as what was released covers it."""
        return min(self.released, half_up(self.total * self.fee_rate))

    def filled(self) -> list[int]:
        """What of each instalment is in: money fills them in their order."""
        left, parts = self.received, []
        for part in self.parts:
            parts.append(min(part, left))
            left -= parts[-1]
        return parts

    def due(self) -> int:
        """What the first open instalment misses; 0 when all is paid."""
        return next((part - had for part, had in zip(self.parts, self.filled(), strict=True) if part > had), 0)

    @property
    def counting(self) -> bool:
        """Whether money may count for this order."""
        return self.stage in ("OPEN", "COMPLETED")

    # --- what happens ---------------------------------------------------------------------------------------------

    def arrive(self, slip: Slip, asked: int | None = None, fee: int = 0) -> None:
        """Money arrives: for a started payment, what is more than was `asked` pays the buyer's fee first."""
        self.slips.append(slip)
        fits = self.counting and slip.currency == self.currency
        if asked is not None and slip.currency == self.currency:
            slip.fee = min(fee, max(0, slip.amount - asked))
        if slip.transfer and fits:
            slip.waiting = slip.amount
            return
        rest = slip.amount - slip.fee
        slip.counted = min(rest, self.missing) if fits else 0
        slip.held = rest - slip.counted
        self._release()

    def confirm(self) -> None:
        """The order is agreed: what came online too early counts now."""
        self.stage = "OPEN"
        for slip in self.slips:
            if not slip.transfer and slip.currency == self.currency:
                self._count(slip, "held")

    def associable(self, slip: Slip) -> bool:
        """Whether a transfer can be counted."""
        fits = self.counting and slip.transfer and slip.currency == self.currency
        return fits and bool(slip.waiting or (slip.held and self.missing))

    def associate(self, slip: Slip) -> None:
        """A transfer counts; what is too much of it is held."""
        if slip.waiting:
            self._count(slip, "waiting")
            slip.held, slip.waiting = slip.held + slip.waiting, 0
        else:
            self._count(slip, "held")
        self._release()

    def undoable(self, slip: Slip) -> bool:
        """Whether an association can be taken back."""
        return self.stage == "OPEN" and not self.dispatched and slip.transfer and slip.counted > 0

    def undo(self, slip: Slip) -> None:
        """The transfer waits again."""
        slip.waiting, slip.counted = slip.waiting + slip.counted, 0

    def refund(self, slip: Slip) -> None:
        """What is held of it goes back to its payer."""
        slip.returned, slip.held = slip.returned + slip.held, 0

    def complete(self) -> None:
        """The goods are received: all that is in is the seller's, and so is what comes later."""
        self.stage = "COMPLETED"
        self._release()

    def _count(self, slip: Slip, source: str) -> None:
        part = min(getattr(slip, source), self.missing)
        setattr(slip, source, getattr(slip, source) - part)
        slip.counted += part

    def _release(self) -> None:
        if self.stage == "COMPLETED":
            self.released = self.received

    # --- what stands where ----------------------------------------------------------------------------------------

    def stand(self) -> Counter[Account]:
        """What each account holds for this order's sake."""
        sums: Counter[Account] = Counter()
        for slip in self.slips:
            sums["WORLD", None, slip.currency] -= slip.amount - slip.returned
            sums["UNASSOCIATED", self.order_id, slip.currency] += slip.waiting
            sums["HELD", self.order_id, slip.currency] += slip.held
            sums["PAYMENT_FEE", None, slip.currency] += slip.fee
        sums["ESCROW", self.order_id, self.currency] += self.received - self.released
        sums["SELLER", self.seller_id, self.currency] += self.released - self.charged
        sums["FEE", None, self.currency] += self.charged
        return sums


def standing(books: Iterable[Book], seller_id: UUID, withdrawn: Counter[str]) -> dict[Account, int]:
    """What each account of a seller's market holds, those with nothing left out."""
    sums: Counter[Account] = Counter()
    for book in books:
        sums.update(book.stand())
    for currency, amount in withdrawn.items():
        sums["SELLER", seller_id, currency] -= amount
        sums["WORLD", None, currency] += amount
    return {account: amount for account, amount in sums.items() if amount}
