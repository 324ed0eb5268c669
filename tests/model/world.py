"""The world of the model: plain rows and whole numbers, sharing no code with the product; enums are their strings."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Key = Any
Account = tuple[str, Key, str]
OPEN = ("PENDING_PAYMENT", "PENDING_DISPATCH", "PARTIALLY_DISPATCHED", "DISPATCHED", "COMPLETED")
PAID = OPEN[1:]


class Refused(Exception):
    """The model says no, for one of these reasons."""

    def __init__(self, codes: set[str]) -> None:
        super().__init__(", ".join(sorted(codes)))
        self.codes = codes


def refuse(**reasons: bool) -> None:
    """Refuse if any reason holds; which of several is told, the rule book leaves open."""
    if codes := {code for code, holds in reasons.items() if holds}:
        raise Refused(codes)


@dataclass
class Clock:
    """A clock that runs to its last good second, or waits with what was left of it."""

    due: datetime
    left: timedelta | None = None


@dataclass
class Receipt:
    """Money that came, and where each part of it is."""

    transfer: bool
    amount: int
    currency: str
    reference: str
    id: Key = None
    waiting: int = 0
    counted: int = 0
    held: int = 0
    returned: int = 0


@dataclass
class Coupon:
    """A platform coupon in USD cents, issued for the late order `late`, applied to the order `on`."""

    amount: int
    buyer: Key
    late: "Order"
    liability: str
    expires: datetime
    status: str = "AVAILABLE"
    on: "Order | None" = None
    used: int = 0
    id: Key = None


@dataclass
class Claim:
    """The one claim of an order."""

    amount: int
    status: str = "UNDER_REVIEW"
    liability: str | None = None
    coupon: Coupon | None = None
    id: Key = None


@dataclass
class Dispute:
    """A dispute about a refund."""

    asked: int
    status: str = "AWAITING_SELLER"
    offered: int | None = None
    outcome: str | None = None
    id: Key = None


@dataclass
class Order:
    """One order as the rule book tells it: `parts` are the instalments, `lines` what is left to dispatch of them."""

    id: Key
    seller: Key
    buyer: Key
    currency: str
    parts: list[int]
    usd: int
    all_first: bool
    days: int
    fee_percent: int
    receipt_days: int
    guaranteed: bool
    guarantee: str
    discounted: bool
    lines: int
    status: str = "PENDING_CONFIRMATION"
    receipts: list[Receipt] = field(default_factory=list)
    started: list[tuple[str, int]] = field(default_factory=list)
    shares: list[int] = field(default_factory=list)
    done: list[bool] = field(default_factory=list)
    coupon: Coupon | None = None
    posted: int = 0
    returned: int = 0
    received: int = 0
    refunded: int = 0
    refunded_late: int = 0
    released: int = 0
    fee: int | None = None
    charged: int = 0
    clocks: dict[str, Clock] = field(default_factory=dict)
    starts: datetime | None = None
    due: datetime | None = None
    overdue: datetime | None = None
    sent_at: datetime | None = None
    parcels: list[Key] = field(default_factory=list)
    arrived: set[Key] = field(default_factory=set)
    delivered: bool = False
    completed: datetime | None = None
    amendment: int | None = None
    claim: Claim | None = None
    waiver: bool | None = None
    disputes: list[Dispute] = field(default_factory=list)
    owed_for_coupon: int = 0
    reckon: bool = False

    @property
    def total(self) -> int:
        """The agreed total."""
        return sum(self.parts)

    @property
    def payable(self) -> list[int]:
        """What the buyer pays of each instalment."""
        return [part - share for part, share in zip(self.parts, self.shares or [0] * len(self.parts), strict=True)]

    @property
    def missing(self) -> int:
        """What the buyer has still to pay."""
        return sum(self.payable) - self.received

    @property
    def due_now(self) -> int:
        """What the first open instalment misses."""
        filled = 0
        for part in self.payable:
            filled += part
            if self.received < filled:
                return filled - self.received
        return 0

    @property
    def left(self) -> int:
        """What the buyer paid and has not got back."""
        return self.received - self.refunded

    @property
    def refundable(self) -> bool:
        """Whether there is anything to give back, the coupon that paid for all included."""
        return self.left > 0 or (self.received == 0 and self.posted > self.returned)

    @property
    def landed(self) -> bool:
        """Whether money is here that has not gone back to its payer."""
        return self.posted > self.returned or any(row.amount > row.returned for row in self.receipts)

    @property
    def dispute(self) -> Dispute | None:
        """The open dispute."""
        return next((row for row in self.disputes if row.status != "RESOLVED"), None)

    @property
    def money_for_dispatch(self) -> bool:
        """Whether the money that the dispatch term names is in."""
        return bool(self.done) and (all(self.done) if self.all_first else self.done[0])

    @property
    def quota(self) -> int:
        """GUA-1, GUA-2: what it occupies of the seller's guarantee quota, in USD cents."""
        until = {"NONE": 0, "UNTIL_DISPATCH": 3, "UNTIL_RECEIPT": 4}[self.guarantee]
        return self.usd if self.status in OPEN[:until] else 0

    def waits(self, row: Receipt) -> int:
        """How much of a transfer waits to be associated."""
        held = row.held if row.transfer and row.currency == self.currency and self.missing else 0
        return row.waiting + held

    def sendable(self, row: Receipt) -> int:
        """How much of a receipt can go back to its payer."""
        return row.held + (row.waiting if self.status == "CLOSED" else 0)


@dataclass
class World:
    """All orders and coupons, what every account holds, and the time."""

    now: datetime
    orders: list[Order] = field(default_factory=list)
    coupons: list[Coupon] = field(default_factory=list)
    accounts: Counter[Account] = field(default_factory=Counter)

    def move(self, source: tuple[str, Key], target: tuple[str, Key], amount: int, currency: str) -> None:
        """Move an amount from one account to another."""
        assert amount >= 0
        self.accounts[(*source, currency)] -= amount
        self.accounts[(*target, currency)] += amount

    def holds(self, kind: str, owner: Key, currency: str) -> int:
        """What an account holds."""
        return self.accounts[kind, owner, currency]


WORLD, FEE, SUBSIDY = ("WORLD", None), ("FEE", None), ("SUBSIDY", None)
