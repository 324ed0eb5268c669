"""The funds card from the ledger alone: every act of section 15's table, and what it comes to (PAY-10)."""

from uuid import UUID

import pytest

from app.domain.ledger import FEE, SUBSIDY, WORLD, Account, AccountKind, Entry, EntryKind, Move
from app.domain.ledger import receivable_account as receivable
from app.domain.ledger import seller_account as seller
from app.domain.proof import Sums, sums_of
from tests.domain.build import START

ORDER, SELLER = UUID(int=1), UUID(int=2)
ESCROW, HELD = Account(AccountKind.ESCROW, ORDER), Account(AccountKind.HELD, ORDER)
WAITING = Account(AccountKind.UNASSOCIATED, ORDER)
S, OWED = seller(SELLER), receivable(SELLER)
Step = tuple[EntryKind, Account, Account, int]
K = EntryKind

PAID: list[Step] = [(K.RECEIPT_COUNTED, WORLD, ESCROW, 521_23), (K.COUPON_POSTED, SUBSIDY, ESCROW, 30_00)]
RELEASED: list[Step] = [
    *PAID,
    (K.RELEASE, ESCROW, S, 521_23),
    (K.RELEASE, ESCROW, S, 30_00),
    (K.FEE, S, FEE, 11_02),
]
CARD = Sums(received=521_23, coupon_posted=30_00)
AFTER = Sums(received=521_23, coupon_posted=30_00, released=551_23, fee_charged=11_02)
ACTS: dict[str, tuple[list[Step], Sums]] = {
    "an online receipt with a coupon": (PAID, CARD),
    "a transfer lands": ([(K.TRANSFER_LANDED, WORLD, WAITING, 521_23)], Sums()),
    "a transfer is associated": (
        [(K.TRANSFER_LANDED, WORLD, WAITING, 521_23), (K.TRANSFER_ASSOCIATED, WAITING, ESCROW, 521_23)],
        Sums(received=521_23),
    ),
    "an association is undone": (
        [
            (K.TRANSFER_LANDED, WORLD, WAITING, 521_23),
            (K.TRANSFER_ASSOCIATED, WAITING, ESCROW, 521_23),
            (K.COUPON_POSTED, SUBSIDY, ESCROW, 30_00),
            (K.ASSOCIATION_UNDONE, ESCROW, WAITING, 521_23),
            (K.COUPON_TAKEN_BACK, ESCROW, SUBSIDY, 30_00),
        ],
        Sums(),
    ),
    "money is held and returned": (
        [(K.RECEIPT_HELD, WORLD, HELD, 9), (K.HELD_REFUNDED, HELD, WORLD, 9)],
        Sums(),
    ),
    "held money counts": ([(K.RECEIPT_HELD, WORLD, HELD, 9), (K.HELD_COUNTED, HELD, ESCROW, 9)], Sums(received=9)),
    "release at receipt": (RELEASED, AFTER),
    "a recovery owed, collected and reversed in the late order": (
        [
            *RELEASED,
            (K.RECOVERY_OWED, OWED, SUBSIDY, 30_00),
            (K.RECOVERY_COLLECTED, S, OWED, 20_00),
            (K.RECOVERY_REVERSED, SUBSIDY, OWED, 10_00),
            (K.RECOVERY_REVERSED, SUBSIDY, S, 20_00),
        ],
        AFTER,
    ),
    "a partial refund before release": (
        [*PAID, (K.REFUND, ESCROW, WORLD, 100_00)],
        Sums(received=521_23, coupon_posted=30_00, refunded=100_00),
    ),
    "a partial refund after release": (
        [*RELEASED, (K.REFUND, S, WORLD, 100_00)],
        Sums(
            received=521_23,
            coupon_posted=30_00,
            released=551_23,
            fee_charged=11_02,
            refunded=100_00,
            refunded_after=100_00,
        ),
    ),
    "a full refund before release": (
        [*PAID, (K.REFUND, ESCROW, WORLD, 521_23), (K.REFUND, ESCROW, SUBSIDY, 30_00)],
        Sums(received=521_23, coupon_posted=30_00, refunded=521_23, coupon_returned=30_00),
    ),
    "a full refund after release": (
        [
            *RELEASED,
            (K.REFUND, S, WORLD, 521_23),
            (K.REFUND, S, SUBSIDY, 30_00),
            (K.REFUND, FEE, S, 11_02),
        ],
        Sums(
            received=521_23,
            coupon_posted=30_00,
            released=551_23,
            refunded=521_23,
            refunded_after=521_23,
            coupon_returned=30_00,
        ),
    ),
    "a refund beyond the seller's balance": (
        [*RELEASED, (K.REFUND, S, WORLD, 400_00), (K.REFUND, OWED, WORLD, 121_23)],
        Sums(
            received=521_23,
            coupon_posted=30_00,
            released=551_23,
            fee_charged=11_02,
            refunded=521_23,
            refunded_after=521_23,
        ),
    ),
}


def chain(steps: list[Step]) -> list[Entry]:
    """Entries of one move each."""
    return [
        Entry(
            id=UUID(int=100 + place),
            order_id=ORDER,
            seller_id=SELLER,
            sequence=place,
            kind=kind,
            cause=None,
            at=START,
            moves=(Move(source, target, amount, "USD"),),
            previous_hash=None,
        )
        for place, (kind, source, target, amount) in enumerate(steps, start=1)
    ]


@pytest.mark.parametrize("act", ACTS)
def test_every_act_of_the_table_comes_to_its_funds_card(act: str) -> None:
    """Section 15, PAY-10: the sums follow from which account the money came and where it went."""
    steps, expected = ACTS[act]
    assert sums_of(chain(steps)) == expected
