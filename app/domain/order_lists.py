"""What a list of orders can be asked for: its tabs, its orders, and the services an order has (DSK-1, DSK-2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from app.domain.records import Status

# How far a filter may be nested, and of how many conditions it may be made
DEPTH_MOST = 5
CONDITIONS_MOST = 100


@unique
class OrderTab(StrEnum):
    """A tab of a list of orders; drafts are under ALL alone (DSK-1)."""

    ALL = "ALL"
    TO_CONFIRM = "TO_CONFIRM"
    TO_PAY = "TO_PAY"
    TO_DISPATCH = "TO_DISPATCH"
    TO_RECEIVE = "TO_RECEIVE"
    AFTER_SALES = "AFTER_SALES"
    FINISHED = "FINISHED"


# The statuses of each tab that goes by them; after-sales stands beside an order's own tab
STATUSES: Mapping[OrderTab, tuple[Status, ...]] = {
    OrderTab.TO_CONFIRM: (Status.PENDING_CONFIRMATION,),
    OrderTab.TO_PAY: (Status.PENDING_PAYMENT,),
    OrderTab.TO_DISPATCH: (Status.PENDING_DISPATCH, Status.PARTIALLY_DISPATCHED),
    OrderTab.TO_RECEIVE: (Status.DISPATCHED,),
    OrderTab.FINISHED: (Status.COMPLETED, Status.CLOSED),
}


# Where an order is whose money is in escrow and not the seller's yet: what a loan would be paid back from (DSK-2)
LENT_ON = (*STATUSES[OrderTab.TO_DISPATCH], *STATUSES[OrderTab.TO_RECEIVE])


@unique
class OrderSort(StrEnum):
    """In which order orders are listed (DSK-2)."""

    CREATED_DESC = "CREATED_DESC"
    CREATED_ASC = "CREATED_ASC"
    AMOUNT_DESC = "AMOUNT_DESC"
    AMOUNT_ASC = "AMOUNT_ASC"
    DISPATCH_DUE_ASC = "DISPATCH_DUE_ASC"
    DISPATCH_DUE_DESC = "DISPATCH_DUE_DESC"
    CHANGED_DESC = "CHANGED_DESC"
    CHANGED_ASC = "CHANGED_ASC"


@unique
class DeskFigure(StrEnum):
    """What of a seller's orders asks for something to be done (DSK-4)."""

    OVERDUE = "OVERDUE"
    DUE_WITHIN_24_HOURS = "DUE_WITHIN_24_HOURS"
    DUE_WITHIN_72_HOURS = "DUE_WITHIN_72_HOURS"
    OPEN_CLAIMS = "OPEN_CLAIMS"


# How near the dispatch deadline of what is due soon lies, in hours
NEAR: Mapping[DeskFigure, int] = {DeskFigure.DUE_WITHIN_24_HOURS: 24, DeskFigure.DUE_WITHIN_72_HOURS: 72}


@unique
class OrderService(StrEnum):
    """What an order has beside its terms: promises (ENR-1, DLV-3), and that a lender may lend on it (DSK-2)."""

    ON_TIME_DISPATCH = "ON_TIME_DISPATCH"
    ON_TIME_DELIVERY = "ON_TIME_DELIVERY"
    LOAN_ELIGIBLE = "LOAN_ELIGIBLE"


@unique
class ListChange(StrEnum):
    """What became of an order for those who follow a list."""

    ENTER = "ENTER"
    UPDATE = "UPDATE"
    LEAVE = "LEAVE"


# How much further than the ceiling a tab is counted for those who follow it: so many orders may leave before the next
# count, which costs as much as the first
SLACK = 1_000
TABS = tuple(OrderTab)


def change_of(before: int, after: int) -> ListChange | None:
    """What became of an order that went from these tabs to those, as bits; every order of a list is under a tab."""
    if not before and not after:
        return None
    return ListChange.ENTER if not before else ListChange.UPDATE if after else ListChange.LEAVE


@dataclass(frozen=True, slots=True)
class Tally:
    """How many orders are under a tab; unless it is `exact`, they are so many at least, and more than the ceiling."""

    found: int
    exact: bool


@dataclass(frozen=True, slots=True)
class TabCount:
    """What is said of a tab: `count` orders, or at least so many."""

    tab: OrderTab
    count: int
    at_least: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many orders of a list are under each tab, in the order of TABS, and how far that is told (DSK-1)."""

    ceiling: int
    tallies: tuple[Tally, ...]

    def moved(self, before: int, after: int) -> "Counts":
        """The counts after an order went from these tabs to those, each a set of bits in the order of TABS."""
        tallies = [
            Tally(tally.found + (after >> at & 1) - (before >> at & 1), tally.exact)
            for at, tally in enumerate(self.tallies)
        ]
        return Counts(self.ceiling, tuple(tallies))

    @property
    def unsure(self) -> bool:
        """Whether a tab may have come down to its ceiling, so that only another count can tell."""
        return any(not tally.exact and tally.found <= self.ceiling for tally in self.tallies)

    def told(self) -> list[TabCount]:
        """What is said of every tab: the exact number up to the ceiling, beyond it that there are more."""
        return [
            TabCount(tab, min(tally.found, self.ceiling), tally.found > self.ceiling)
            for tab, tally in zip(TABS, self.tallies, strict=True)
        ]

    def told_since(self, before: "Counts") -> list[TabCount]:
        """What is said of those tabs of which something else was said before."""
        return [now for was, now in zip(before.told(), self.told(), strict=True) if was != now]


def counted(ceiling: int, found: Sequence[int], limits: Sequence[int], since: Sequence[int]) -> Counts:
    """The counts of a moment past: what is found now of each tab, up to a limit, without what came `since` then."""
    tallies = [Tally(have - more, have < limit) for have, limit, more in zip(found, limits, since, strict=True)]
    return Counts(ceiling, tuple(tallies))
