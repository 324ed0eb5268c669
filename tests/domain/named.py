"""What runs out in a test is settled twice: by all there is of a trade, and by the facts alone that its lapses name."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import clockwork
from app.domain.partial import part_of
from app.domain.records import DeadlineKind, DeadlineStatus
from app.domain.trade import Act, Mint, Trade

# What every lapse finds, and what is decided already but not yet written
ALWAYS = {"seller", "policy", "deadlines", "collections", "happenings", "coupon_happenings", "posted", "untold"}


@dataclass
class Repeated:
    """A mint that keeps what it makes, and makes the same once more."""

    mint: Mint
    made: list[UUID] = field(default_factory=list)
    again: Iterator[UUID] | None = None

    def id(self) -> UUID:
        """A new id, or the next of those kept."""
        if self.again is not None:
            return next(self.again)
        self.made.append(self.mint.id())
        return self.made[-1]

    def repeat(self) -> None:
        """Begin again."""
        self.again = iter(self.made)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a lapse makes no {name}")


def by_name(trade: Trade, now: datetime) -> Trade:
    """As much of a trade as is loaded for what has run out of it."""
    names = ALWAYS | clockwork.facts_for(trade.deadlines, trade.order.id, now)
    held = {name: getattr(trade, name) for name in names}
    for name, columns in clockwork.PARTS.items():
        if name in names:
            held[name] = tuple(_part(row, columns) for row in held[name])
    return part_of(Trade, {"order": _part(trade.order, clockwork.COLUMNS), **held})


def _part(row: Any, columns: Collection[str]) -> Any:
    return part_of(type(row), {name: getattr(row, name) for name in columns})


def same(part: Trade, whole: Trade) -> bool:
    """Whether nothing of what a part of a trade holds differs from the whole one."""
    for name, value in vars(part).items():
        known = getattr(whole, name)
        if name == "order":
            known = _part(known, vars(value))
            assert vars(value) == vars(known)
        elif name in clockwork.PARTS:
            assert [vars(row) for row in value] == [
                vars(_part(row, vars(held))) for held, row in zip(value, known, strict=True)
            ]
        else:
            assert value == known, name
    return True


def settle(trade: Trade, act: Act) -> Trade:
    """The trade after what has run out, which comes out the same by the facts that are named."""
    return settled(trade, by_name(trade, act.now), act)


def settled(trade: Trade, part: Trade, act: Act) -> Trade:
    """A trade and a part of it after what has run out: of what the part holds nothing differs."""
    mint = Repeated(act.mint)
    whole = clockwork.settle(trade, replace(act, mint=mint))
    mint.repeat()
    told = clockwork.settle(part, replace(act, mint=mint))
    assert vars(told).keys() == vars(part).keys()
    assert same(told, whole)
    changed = {name for name, value in vars(whole.order).items() if value != getattr(trade.order, name)}
    assert changed <= vars(told.order).keys()
    return whole


def lapsed(before: Trade, after: Trade) -> set[DeadlineKind]:
    """The kinds of clocks that ran out between the two."""
    lapsed = {row.id for row in before.deadlines if row.status is DeadlineStatus.LAPSED}
    return {row.kind for row in after.deadlines if row.status is DeadlineStatus.LAPSED and row.id not in lapsed}
