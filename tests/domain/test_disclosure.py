"""What of a proof each role sees (section 13): the table is kept by hand, for every pair of accounts that is moved."""

from itertools import permutations
from uuid import UUID

import pytest

from app.domain.access import Role
from app.domain.disclosure import CauseKind, FigureName, ShownEntry, figures, sees_ledger, shown_entry, standing
from app.domain.ledger import ORDER_ACCOUNTS, SELLER_ACCOUNTS, Account, AccountKind, Entry, EntryKind, Move
from app.domain.money import Money
from app.domain.proof import Booked, Sums
from app.domain.records import Status
from tests.domain.build import START

ORDER, SELLER, STRANGER, CAUSE = (UUID(int=number) for number in range(1, 5))
BOOKED = Booked(ORDER, "1" * 20, SELLER, Status.COMPLETED, "USD", 5, 4, 3, 2, 1, None, 5)
SEEING = [Role.BUYER, Role.OWNER, Role.FINANCE, Role.OPERATOR]
# The moves that the buyer does not see: between seller and platform, the release, and among the platform's own
FROM_ESCROW = {("ESCROW", "SELLER"), ("ESCROW", "RECEIVABLE"), ("ESCROW", "FEE")}
OF_ORDER = {"WORLD", "UNASSOCIATED", "HELD", "ESCROW"}
OF_SELLER = {"SELLER", "RECEIVABLE", "FEE"}


def account(kind: AccountKind, seller: UUID = SELLER) -> Account:
    """An account of the order, of a seller, or of nobody."""
    return Account(kind, ORDER if kind in ORDER_ACCOUNTS else seller if kind in SELLER_ACCOUNTS else None)


def entry(*moves: Move) -> Entry:
    """An entry with these moves."""
    return Entry(UUID(int=9), ORDER, SELLER, 1, EntryKind.RELEASE, CAUSE, START, moves, None, "hash")


def shown(role: Role, *moves: Move, cause: CauseKind = CauseKind.RECEIPT) -> ShownEntry:
    """What a role sees of an entry with these moves."""
    return shown_entry(entry(*moves), BOOKED, role, {CAUSE: cause})


@pytest.mark.parametrize(("source", "target"), list(permutations(AccountKind, 2)))
def test_who_sees_which_move(source: AccountKind, target: AccountKind) -> None:
    """Section 13: the buyer what touches world, held and escrow but no release; the seller's side its own beside."""
    move = Move(account(source), account(target), 7, "USD")
    ends = {str(source), str(target)}
    for_buyer = bool(ends & OF_ORDER) and ("WORLD" in ends or not ends & OF_SELLER)
    for_seller = bool(ends & (OF_ORDER | OF_SELLER))
    assert not for_buyer or (str(source), str(target)) not in FROM_ESCROW
    expected = {Role.BUYER: for_buyer, Role.OWNER: for_seller, Role.FINANCE: for_seller, Role.OPERATOR: True}
    for role, sees in expected.items():
        answer = shown(role, move)
        assert (len(answer.moves), answer.whole, answer.hidden) == (int(sees), sees, not sees)
        if not sees:
            assert answer.cause is None
            continue
        (one,) = answer.moves
        assert one.money == Money(7, "USD")
        for account_shown, kind in ((one.source, source), (one.target, target)):
            masked = role is Role.BUYER and str(kind) in OF_SELLER
            assert account_shown == (None if masked else account(kind))


def test_another_seller_s_accounts_are_hidden() -> None:
    """Section 13: own `seller`, own `receivable`."""
    move = Move(account(AccountKind.SELLER, STRANGER), account(AccountKind.FEE), 7, "USD")
    assert shown(Role.OWNER, move).hidden
    assert not shown(Role.OPERATOR, move).hidden


def test_an_entry_may_be_seen_in_part() -> None:
    """What is left out is said to be left out."""
    seen = Move(account(AccountKind.WORLD), account(AccountKind.ESCROW), 7, "USD")
    kept = Move(account(AccountKind.SELLER), account(AccountKind.FEE), 1, "USD")
    answer = shown(Role.BUYER, seen, kept)
    assert (len(answer.moves), answer.whole, answer.hidden) == (1, False, False)


def test_who_sees_which_cause() -> None:
    """Section 13: a coupon's identity is its buyer's, recoveries are the seller's side's."""
    move = Move(account(AccountKind.WORLD), account(AccountKind.ESCROW), 7, "USD")
    seen = {kind: [role for role in SEEING if shown(role, move, cause=kind).cause is kind] for kind in CauseKind}
    everybody = SEEING
    assert seen == {
        CauseKind.RECEIPT: everybody,
        CauseKind.DISPUTE: everybody,
        CauseKind.CLAIM: everybody,
        CauseKind.COUPON: [Role.BUYER, Role.OPERATOR],
        CauseKind.RECOVERY: [Role.OWNER, Role.FINANCE, Role.OPERATOR],
        CauseKind.COLLECTION: [Role.OWNER, Role.FINANCE, Role.OPERATOR],
        CauseKind.OTHER: [Role.OPERATOR],
    }
    unknown = shown_entry(entry(move), BOOKED, Role.OPERATOR, {})
    assert unknown.cause is CauseKind.OTHER


def test_who_sees_which_figure() -> None:
    """Section 13: release and fee are not the buyer's; sales see no proof at all."""
    names = {role: {figure.name for figure in figures(BOOKED, Sums(), role)} for role in Role}
    for_buyer = {FigureName.RECEIVED, FigureName.REFUNDED, FigureName.COUPON_POSTED, FigureName.COUPON_RETURNED}
    assert names == {
        Role.BUYER: for_buyer,
        Role.OWNER: set(FigureName),
        Role.FINANCE: set(FigureName),
        Role.OPERATOR: set(FigureName),
        Role.SALES: set(),
    }
    assert [role for role in Role if not sees_ledger(role)] == [Role.SALES]
    stored = {
        figure.name: (figure.stored.minor, figure.derived.minor) for figure in figures(BOOKED, Sums(1), Role.OWNER)
    }
    assert stored[FigureName.RECEIVED] == (5, 1)
    assert stored[FigureName.RELEASED] == (3, 0)
    assert stored[FigureName.FEE_CHARGED] == (2, 0)


def test_who_sees_what_stands_where() -> None:
    """What is left in escrow would say what was released, so the buyer is not told."""
    moves = [Move(account(AccountKind.WORLD), account(kind), 7, "USD") for kind in AccountKind if kind != "WORLD"]
    kinds = {role: {str(kind) for kind, _ in standing([entry(*moves)], role)} for role in Role}
    whole = {str(kind) for kind in AccountKind}
    assert kinds == {
        Role.BUYER: {"WORLD", "UNASSOCIATED", "HELD", "PAYMENT_FEE"},
        Role.OWNER: whole - {"SUBSIDY"},
        Role.FINANCE: whole - {"SUBSIDY"},
        Role.OPERATOR: whole,
        Role.SALES: set(),
    }
    assert (AccountKind.WORLD, Money(-56, "USD")) in standing([entry(*moves)], Role.BUYER)
