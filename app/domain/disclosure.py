"""What of an order's ledger each viewer sees (section 13): of what is hidden, an entry's hash and kind remain."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from uuid import UUID

from app.domain.access import OPERATORS, PARTIES, SELLER_FINANCE, Audience, Role
from app.domain.ledger import Account, AccountKind, Entry, Move, deltas
from app.domain.money import Money
from app.domain.proof import Booked, Sums

_OF_THE_ORDER = frozenset({AccountKind.WORLD, AccountKind.UNASSOCIATED, AccountKind.HELD, AccountKind.ESCROW})
_OF_THE_SELLER = frozenset({AccountKind.SELLER, AccountKind.RECEIVABLE, AccountKind.FEE})
WITH_LEDGER = PARTIES - {Role.SALES}


@unique
class CauseKind(StrEnum):
    """What an entry points to as its cause."""

    RECEIPT = "RECEIPT"
    DISPUTE = "DISPUTE"
    CLAIM = "CLAIM"
    COUPON = "COUPON"
    RECOVERY = "RECOVERY"
    COLLECTION = "COLLECTION"
    OTHER = "OTHER"


# The identity of a coupon is its buyer's; recoveries are between seller and platform
_CAUSES: Mapping[CauseKind, Audience] = {
    CauseKind.RECEIPT: WITH_LEDGER,
    CauseKind.DISPUTE: WITH_LEDGER,
    CauseKind.CLAIM: WITH_LEDGER,
    CauseKind.COUPON: frozenset({Role.BUYER, Role.OPERATOR}),
    CauseKind.RECOVERY: SELLER_FINANCE,
    CauseKind.COLLECTION: SELLER_FINANCE,
    CauseKind.OTHER: OPERATORS,
}


@unique
class FigureName(StrEnum):
    """A sum of the funds card that the ledger proves."""

    RECEIVED = "RECEIVED"
    REFUNDED = "REFUNDED"
    COUPON_POSTED = "COUPON_POSTED"
    COUPON_RETURNED = "COUPON_RETURNED"
    RELEASED = "RELEASED"
    REFUNDED_AFTER = "REFUNDED_AFTER"
    FEE_CHARGED = "FEE_CHARGED"


_FIGURES: Mapping[FigureName, Audience] = {
    FigureName.RECEIVED: WITH_LEDGER,
    FigureName.REFUNDED: WITH_LEDGER,
    FigureName.COUPON_POSTED: WITH_LEDGER,
    FigureName.COUPON_RETURNED: WITH_LEDGER,
    FigureName.RELEASED: SELLER_FINANCE,
    FigureName.REFUNDED_AFTER: SELLER_FINANCE,
    FigureName.FEE_CHARGED: SELLER_FINANCE,
}
# How much stands where says what was released and what it cost, so the buyer is told of the first three only
_STANDING: Mapping[AccountKind, Audience] = {
    AccountKind.WORLD: WITH_LEDGER,
    AccountKind.UNASSOCIATED: WITH_LEDGER,
    AccountKind.HELD: WITH_LEDGER,
    AccountKind.ESCROW: SELLER_FINANCE,
    AccountKind.SELLER: SELLER_FINANCE,
    AccountKind.RECEIVABLE: SELLER_FINANCE,
    AccountKind.FEE: SELLER_FINANCE,
    AccountKind.PAYMENT_FEE: WITH_LEDGER,
    AccountKind.SUBSIDY: OPERATORS,
}


@dataclass(frozen=True, slots=True)
class ShownMove:
    """A move as it is shown: an account that is hidden is None."""

    source: Account | None
    target: Account | None
    money: Money


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry as it is shown: `moves` are those that may be seen, `whole` says whether that is all of them."""

    entry: Entry
    moves: tuple[ShownMove, ...]
    whole: bool
    cause: CauseKind | None

    @property
    def hidden(self) -> bool:
        """Whether nothing but hash and kind may be seen."""
        return not self.whole and not self.moves


@dataclass(frozen=True, slots=True)
class Figure:
    """A sum of the funds card, as the order's row has it and as its ledger has it."""

    name: FigureName
    stored: Money
    derived: Money


def sees_ledger(role: Role) -> bool:
    """Whether a role sees a proof at all: sales do not."""
    return role in WITH_LEDGER


def shown_entry(entry: Entry, order: Booked, role: Role, causes: Mapping[UUID, CauseKind]) -> ShownEntry:
    """What a role sees of an entry."""
    moves = tuple(_shown(move, role) for move in entry.moves if _sees(move, order, role))
    cause = None if entry.cause is None else causes.get(entry.cause, CauseKind.OTHER)
    if cause is not None and (not moves or role not in _CAUSES[cause]):
        cause = None
    return ShownEntry(entry, moves, len(moves) == len(entry.moves), cause)


def _sees(move: Move, order: Booked, role: Role) -> bool:
    """The buyer sees moves of the order's own money but for its release, the seller also those of his own accounts."""
    if role is Role.OPERATOR:
        return True
    ends = {move.source.kind, move.target.kind}
    if role is Role.BUYER:
        return bool(ends & _OF_THE_ORDER) and (AccountKind.WORLD in ends or not ends & _OF_THE_SELLER)
    own = {move.source.owner, move.target.owner} <= {None, order.id, order.seller_id}
    return role in SELLER_FINANCE and own and bool(ends & (_OF_THE_ORDER | _OF_THE_SELLER))


def _shown(move: Move, role: Role) -> ShownMove:
    source, target = (
        None if role is Role.BUYER and account.kind in _OF_THE_SELLER else account
        for account in (move.source, move.target)
    )
    return ShownMove(source, target, Money(move.amount, move.currency))


def figures(order: Booked, sums: Sums, role: Role) -> list[Figure]:
    """The sums of the funds card that a role sees, as stored and as derived from the ledger."""
    return [
        Figure(
            name,
            Money(getattr(order, name.lower()), order.currency),
            Money(getattr(sums, name.lower()), order.currency),
        )
        for name, audience in _FIGURES.items()
        if role in audience
    ]


def standing(chain: Iterable[Entry], role: Role) -> list[tuple[AccountKind, Money]]:
    """What an order's entries have left on each kind of account, as far as a role sees it."""
    amounts: dict[tuple[AccountKind, str], int] = {}
    for (account, currency), amount in deltas(chain).items():
        if role in _STANDING[account.kind]:
            amounts[account.kind, currency] = amounts.get((account.kind, currency), 0) + amount
    return [(kind, Money(amount, currency)) for (kind, currency), amount in sorted(amounts.items())]


def sums_by_currency(chain: Sequence[Entry]) -> list[Money]:
    """Over all accounts, what an order's entries add up to in each currency: 0."""
    sums: dict[str, int] = {}
    for (_, currency), amount in deltas(chain).items():
        sums[currency] = sums.get(currency, 0) + amount
    return [Money(amount, currency) for currency, amount in sorted(sums.items())]


@dataclass(frozen=True, slots=True)
class Proof:
    """The ledger of one order as far as a role sees it, and whether all of it, seen or not, is right."""

    order: Booked
    holds: bool
    chain_holds: bool
    figures: list[Figure]
    standing: list[tuple[AccountKind, Money]]
    sums: list[Money]
    entries: list[ShownEntry]
    more: bool
    faults: list[str] | None
