"""Section 15 act by act: where the money of the worked example stands after each, by figures that are kept by hand.

The agreed total is 551.23, the coupon 30.00 and the fee 11.02; the coupon compensates an order of another, late seller.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain import fulfilment, funds, payments, recoveries, refunds, sellers
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import WORLD, AccountKind, EntryKind, Move, seller_account
from app.domain.lifecycle import Who
from app.domain.policy import ExportMethod, MethodRule, PaymentMethod
from app.domain.records import CloseReason, Status
from app.domain.remedies import CouponStatus, RecoveryStatus
from app.domain.sellers import Tail
from app.domain.trade import Trade
from tests.domain import build
from tests.domain.build import (
    DAY,
    HOUR,
    MINT,
    START,
    act,
    associate,
    last_receipt,
    one_line,
    pay,
    send,
    terms,
    transfer,
)
from tests.domain.promising import (
    LATE,
    OTHER,
    books,
    compensated,
    coupon,
    in_hand,
    paid_with,
    reckoned,
    using,
    waived,
)

TOTAL, COUPON, PAYABLE, FEE = 551_23, 30_00, 521_23, 11_02


def received(trade: Trade, at: Any = START) -> Trade:
    """Everything leaves, and the buyer says that it came."""
    return fulfilment.confirm_receipt(send(trade, at=at), act(Who.BUYER, at))


def refunded(trade: Trade, amount: int | None = None, at: Any = START) -> Trade:
    """So much goes back to the buyer, or all that is left; what stands on the seller's account is in the books."""
    back = refunds.refundable(trade.order) if amount is None else amount
    return refunds.refund(trade, act(Who.OPERATOR, at), back, MINT.id())


def entries(trade: Trade) -> list[EntryKind]:
    """The entries of the order's ledger."""
    return [entry.kind for entry in trade.posted]


def moves(trade: Trade, kind: EntryKind) -> list[tuple[AccountKind, AccountKind, int]]:
    """The moves of the order's entries of a kind."""
    return [(m.source.kind, m.target.kind, m.amount) for e in trade.posted if e.kind is kind for m in e.moves]


def facts(trade: Trade, kind: EventKind) -> dict[str, str]:
    """What the last event of a kind says."""
    return dict(next(event for event in reversed(trade.happenings) if event.kind is kind).facts)


# --- the funds card and the two entries -------------------------------------------------------------------------


def test_the_funds_card_of_the_worked_example() -> None:
    """PAY-1: 551.23 less 30.00 leaves 521.23 payable; the fee of easy dispatch at 2 % is 11.02, of the agreed total."""
    order = using(coupon(compensated())).order
    assert order.export_method is ExportMethod.EASY_DISPATCH
    assert (order.total, order.coupon, order.total - order.coupon) == (TOTAL, COUPON, PAYABLE)
    assert (order.fee_rate, order.fee) == (Decimal("0.02"), FEE)
    assert [(row.amount, row.coupon, row.missing) for row in using(coupon(compensated())).instalments] == [
        (TOTAL, COUPON, PAYABLE)
    ]


def test_an_online_receipt_arrives_in_two_entries_at_once() -> None:
    """PAY-4, section 15: the buyer's 521.23 and, at the same moment, the platform's 30.00."""
    trade = paid_with(coupon(compensated()))
    assert books(trade) == {"world": -PAYABLE, "subsidy": -COUPON, "escrow": TOTAL}
    assert entries(trade) == [EntryKind.RECEIPT_COUNTED, EntryKind.COUPON_POSTED]
    assert trade.posted[0].at == trade.posted[1].at
    assert facts(trade, EventKind.COUPON_POSTED) == {"amount": "30.00 USD", "payer": "PLATFORM_FOR_LATE_SELLER"}


def test_a_transfer_brings_both_entries_when_it_is_associated() -> None:
    """PAY-4, section 15: it lands without the coupon's value, which comes with the association."""
    trade = transfer(using(coupon(compensated())), PAYABLE)
    assert books(trade) == {"world": -PAYABLE, "unassociated": PAYABLE}
    trade = associate(trade)
    assert books(trade) == {"world": -PAYABLE, "subsidy": -COUPON, "escrow": TOTAL}
    assert entries(trade) == [EntryKind.TRANSFER_LANDED, EntryKind.TRANSFER_ASSOCIATED, EntryKind.COUPON_POSTED]


def test_the_platform_pays_under_its_own_name_what_it_bears_itself() -> None:
    """PAY-4: PLATFORM, where the seller's part was waived."""
    trade = paid_with(coupon(waived(compensated())))
    assert facts(trade, EventKind.COUPON_POSTED)["payer"] == "PLATFORM"


def test_an_underpaid_instalment_waits_for_its_share() -> None:
    """PAY-6: a cent short, and the coupon's share is not posted; with the cent it is."""
    trade = pay(using(coupon(compensated())), PAYABLE - 1)
    assert books(trade) == {"world": 1 - PAYABLE, "escrow": PAYABLE - 1}
    assert trade.instalments[0].missing == 1
    assert in_hand(trade).status is CouponStatus.RESERVED
    assert books(pay(trade)) == {"world": -PAYABLE, "subsidy": -COUPON, "escrow": TOTAL}


# --- the rest of the table --------------------------------------------------------------------------------------


def test_the_buyer_s_payment_fee_is_outside_payable() -> None:
    """FEE-5, section 15: 1 % on top of 521.23 stays in `payment_fee`, also after a full refund."""
    by_card = MethodRule(PaymentMethod.VISA, (), (), None, Decimal("0.01"))
    trade = using(coupon(compensated()), policy=replace(build.POLICY, methods=(by_card,)))
    trade, payment = payments.start(trade, act(Who.BUYER), None, PaymentMethod.VISA, "demo", f"f-{MINT.id().int}")
    assert (payment.amount, payment.payment_fee) == (PAYABLE, 5_21)
    trade = pay(trade, PAYABLE + 5_21, reference=payment.reference)
    assert books(trade) == {"world": -PAYABLE - 5_21, "payment_fee": 5_21, "subsidy": -COUPON, "escrow": TOTAL}
    assert books(refunded(trade)) == {"world": -5_21, "payment_fee": 5_21}


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_what_does_not_count_is_held_and_goes_back(currency: str) -> None:
    """PAY-6, section 15: excess and other currencies stand in `held` until they return to their payer."""
    trade = pay(paid_with(coupon(compensated())), 7_00, currency=currency)
    before = {"world": -PAYABLE, "subsidy": -COUPON, "escrow": TOTAL}
    assert books(trade) == {**before, "world": -PAYABLE - 7_00, "held": 7_00}
    assert books(funds.refund_held(trade, act(Who.OPERATOR), last_receipt(trade).id)) == before


def test_what_came_too_early_counts_at_confirmation() -> None:
    """PAY-6, section 15: held → escrow, and the coupon's share with what completes the instalment."""
    trade = using(coupon(compensated()), before=lambda offered: pay(offered, PAYABLE))
    assert books(trade) == {"world": -PAYABLE, "subsidy": -COUPON, "escrow": TOTAL}
    assert entries(trade) == [EntryKind.RECEIPT_HELD, EntryKind.HELD_COUNTED, EntryKind.COUPON_POSTED]


def test_the_release_at_receipt() -> None:
    """PAY-8, section 15: 521.23 and 30.00 go to the seller, then from him the fee."""
    trade = received(paid_with(coupon(compensated())))
    assert books(trade) == {"world": -PAYABLE, "subsidy": -COUPON, "seller": TOTAL - FEE, "fee": FEE}
    escrow, seller = AccountKind.ESCROW, AccountKind.SELLER
    assert moves(trade, EntryKind.RELEASE) == [(escrow, seller, PAYABLE), (escrow, seller, COUPON)]
    assert moves(trade, EntryKind.FEE) == [(seller, AccountKind.FEE, FEE)]


def test_what_comes_after_receipt_is_released_at_once() -> None:
    """Section 15: of a deposit and a balance; the fee was charged in full with the first release."""
    trade = received(paid_with(coupon(compensated()), terms(store_coupon=Decimal(0))))
    assert books(trade)["seller"] == 165_37 - FEE
    trade = pay(trade)
    assert books(trade) == {"world": -PAYABLE, "subsidy": -COUPON, "seller": TOTAL - FEE, "fee": FEE}


def test_a_fee_larger_than_the_release_is_taken_from_later_ones() -> None:
    """Section 15: at most what was released, the rest from later releases: a deposit of 5.00 pays 5.00 of 11.02."""
    trade = received(build.paid(terms(deposit=Decimal("5.00")), seller=OTHER))
    assert books(trade) == {"world": -5_00, "fee": 5_00}
    trade = pay(trade, 4_00)
    assert books(trade) == {"world": -9_00, "fee": 9_00}
    assert books(pay(trade)) == {"world": -TOTAL, "fee": FEE, "seller": TOTAL - FEE}


def test_the_fee_s_base_is_what_was_not_refunded_before_release() -> None:
    """Section 15: 551.23 less 51.23 leaves 500.00, and a fee of 10.00; what goes back later does not lower it."""
    trade = received(refunded(build.paid(one_line("551.23")), 51_23))
    assert (books(trade)["fee"], trade.order.fee) == (10_00, 10_00)
    assert books(refunded(trade, 100_00))["fee"] == 10_00


def owing(has: int = 0) -> tuple[Trade, Trade]:
    """The late order and the one that used its coupon, after the sweep of the first; `has` stands on his account."""
    late = compensated()
    user = paid_with(coupon(late))
    return reckoned(late, user, has=has), user


def test_a_recovery_is_owed_when_the_coupon_is_used() -> None:
    """COU-4, section 15: receivable(L) → subsidy 30.00, in the late order's own chain; unused costs nobody anything."""
    late = compensated()
    assert books(late) == {"world": -300_00, "escrow": 300_00}
    assert books(reckoned(late, using(coupon(late)))) == books(late)
    trade, user = owing()
    assert books(trade) == {"world": -300_00, "escrow": 300_00, "late receivable": -COUPON, "subsidy": COUPON}
    assert books(trade, user)["late receivable"] == -COUPON
    assert "subsidy" not in books(trade, user)
    (recovery,) = trade.recoveries
    assert (recovery.status, recovery.owed, recovery.owed_at) == (RecoveryStatus.OWED, COUPON, START)


def test_a_platform_liable_coupon_stays_in_subsidy() -> None:
    """COU-4, section 15: nothing more."""
    late = waived(compensated())
    user = paid_with(coupon(late))
    trade = reckoned(late, user)
    assert (books(trade), trade.recoveries) == ({"world": -300_00, "escrow": 300_00}, ())
    assert books(user)["subsidy"] == -COUPON


def test_a_recovery_is_collected_from_the_balance_in_part_and_in_full() -> None:
    """COU-4, section 15: seller(L) → receivable(L), what is there; the rest stays owed."""
    part, _ = owing(has=12_00)
    assert [(r.status, r.collected) for r in part.recoveries] == [(RecoveryStatus.PARTLY_COLLECTED, 12_00)]
    assert books(part)["late seller"] == -12_00
    assert books(part)["late receivable"] == 12_00 - COUPON
    full, _ = owing(has=COUPON)
    assert [(r.status, r.collected) for r in full.recoveries] == [(RecoveryStatus.COLLECTED, COUPON)]
    assert "late receivable" not in books(full)


def test_the_next_release_is_collected_from_after_its_fee() -> None:
    """COU-4, section 15: 300.00 are released, 6.00 are the fee, 30.00 are collected, 264.00 are left."""
    trade, _ = owing()
    trade = received(trade, START + DAY)
    assert books(trade) == {"world": -300_00, "fee": 6_00, "late seller": 264_00, "subsidy": COUPON}
    assert entries(trade)[-3:] == [EntryKind.RELEASE, EntryKind.FEE, EntryKind.RECOVERY_COLLECTED]
    assert trade.recoveries[0].status is RecoveryStatus.COLLECTED


def test_the_oldest_debt_is_collected_first() -> None:
    """Section 15: of 40.00 there, the older of two takes all of its 30.00 and the newer the rest."""
    trade, _ = owing()
    older = replace(trade.recoveries[0], id=MINT.id(), order_id=MINT.id(), owed_at=START - DAY)
    trade = replace(trade, recoveries=(*trade.recoveries, older), balances={"USD": 40_00})
    trade = recoveries.collect(trade, act(Who.TIME), "USD", 40_00)
    assert {row.owed_at: row.owed for row in trade.recoveries} == {START - DAY: 0, START: 20_00}


def test_what_is_owed_in_one_currency_is_not_taken_from_another() -> None:
    """COU-4: owed in USD, collected from USD."""
    trade, _ = owing()
    trade = recoveries.collect(replace(trade, balances={"EUR": 100_00}), act(Who.TIME), "EUR", 100_00)
    assert trade.recoveries[0].owed == COUPON


@pytest.mark.parametrize("has", [0, 12_00, COUPON])
@pytest.mark.parametrize("way", ["reversed", "waived"])
def test_a_recovery_is_reversed_or_waived_whatever_was_collected(way: str, has: int) -> None:
    """Section 15, CLM-8, PAY-9: subsidy → receivable(L) of what is still owed, subsidy → seller(L) of the collected."""
    trade, user = owing(has)
    if way == "waived":
        user = replace(user, coupons=waived(trade).coupons, deadlines=waived(trade).deadlines)
        trade = waived(trade)
        trade = build.later(trade, START + HOUR)
    else:
        user = refunded(user, at=START + HOUR)
        trade = reckoned(trade, user, START + HOUR + 2 * build.SECOND, has)
    assert trade.recoveries[0].status is RecoveryStatus.REVERSED
    assert {name: n for name, n in books(trade).items() if name.startswith("late")} == {}
    expected = [
        (AccountKind.SUBSIDY, AccountKind.RECEIVABLE, COUPON - has),
        (AccountKind.SUBSIDY, AccountKind.SELLER, has),
    ]
    assert moves(trade, EntryKind.RECOVERY_REVERSED) == [move for move in expected if move[2]]
    assert books(trade).get("subsidy", 0) == 0


def test_a_later_use_makes_a_new_recovery() -> None:
    """PAY-9: the first is reversed, also where the sweep comes only after the second use."""
    late, user = owing()
    back = refunded(user, at=START + HOUR)
    again = paid_with(in_hand(back), at=START + 2 * HOUR)
    between = [d for d in back.deadlines if d.order_id == late.order.id]
    trade = reckoned(late.put("deadlines", *between), again, START + 3 * HOUR, 0)
    assert [(r.status, r.owed_at) for r in trade.recoveries] == [
        (RecoveryStatus.REVERSED, START),
        (RecoveryStatus.OWED, START + 2 * HOUR),
    ]
    assert books(trade)["late receivable"] == -COUPON


def test_a_partial_refund_before_and_after_release() -> None:
    """Section 15, PAY-9: escrow → world, or seller → world; coupon and fee stay."""
    before = refunded(paid_with(coupon(compensated())), 100_00)
    assert books(before) == {"world": 100_00 - PAYABLE, "subsidy": -COUPON, "escrow": TOTAL - 100_00}
    after = refunded(received(paid_with(coupon(compensated()))), 100_00)
    assert books(after) == {
        "world": 100_00 - PAYABLE,
        "subsidy": -COUPON,
        "seller": TOTAL - FEE - 100_00,
        "fee": FEE,
    }
    assert [in_hand(trade).status for trade in (before, after)] == [CouponStatus.USED] * 2


def test_a_full_refund_before_release() -> None:
    """Section 15, PAY-9: escrow → world 521.23, escrow → subsidy 30.00, no fee; the coupon is the buyer's again."""
    trade = refunded(paid_with(coupon(compensated())))
    assert (books(trade), trade.order.status, trade.order.close_reason) == ({}, Status.CLOSED, CloseReason.REFUNDED)
    escrow = AccountKind.ESCROW
    assert moves(trade, EntryKind.REFUND) == [
        (escrow, AccountKind.WORLD, PAYABLE),
        (escrow, AccountKind.SUBSIDY, COUPON),
    ]
    assert (in_hand(trade).status, in_hand(trade).used) == (CouponStatus.AVAILABLE, 0)


def test_a_full_refund_after_release() -> None:
    """Section 15: seller → world 521.23, seller → subsidy 30.00, fee → seller 11.02."""
    trade = refunded(received(paid_with(coupon(compensated()))))
    assert books(trade) == {}
    assert moves(trade, EntryKind.REFUND) == [
        (AccountKind.FEE, AccountKind.SELLER, FEE),
        (AccountKind.SELLER, AccountKind.WORLD, PAYABLE),
        (AccountKind.SELLER, AccountKind.SUBSIDY, COUPON),
    ]


def test_policy_may_keep_the_fee() -> None:
    """Section 15: that the fee goes back is policy; kept, it is the seller's loss."""
    policy = replace(build.POLICY, refund_returns_fee=False)
    trade = received(paid_with(coupon(compensated()), policy=policy))
    trade = refunded(replace(trade, balances={"USD": FEE}))
    assert books(trade) == {"fee": FEE, "seller": -FEE}


def test_a_balance_that_is_too_small_makes_the_platform_advance_the_refund() -> None:
    """Section 15: the buyer is paid at once; what the seller lacks is receivable → world, owed like a recovery."""
    trade = received(paid_with(coupon(compensated())))
    withdrawn = Move(seller_account(OTHER.id), WORLD, 500_00, "USD")
    trade = trade.post(EntryKind.WITHDRAWAL, act(Who.OWNER), None, withdrawn)
    trade = refunded(trade)
    owed = 500_00
    assert books(trade) == {"world": 500_00, "receivable": -owed}
    assert [(r.cause, r.owed, r.coupon_id) for r in trade.recoveries] == [("REFUND_ADVANCED", owed, None)]
    assert in_hand(trade).status is CouponStatus.AVAILABLE


def test_two_partial_refunds_that_add_up_to_all() -> None:
    """DSP-3, section 18: the last one returns the coupon's value and closes the order; not a cent more goes back."""
    trade = refunded(paid_with(coupon(compensated())), 500_00)
    assert (trade.order.status, books(trade)["subsidy"]) == (Status.PENDING_DISPATCH, -COUPON)
    with pytest.raises(Refusal) as too_much:
        refunded(trade, 21_24)
    assert too_much.value.code is ErrorCode.REFUND_TOO_LARGE
    trade = refunded(trade, 21_23)
    assert (trade.order.status, books(trade)) == (Status.CLOSED, {})
    assert in_hand(trade).status is CouponStatus.AVAILABLE


def test_a_partial_refund_before_release_and_the_rest_after_it() -> None:
    """Section 15: cumulative, across the release."""
    trade = received(refunded(paid_with(coupon(compensated())), 21_23))
    assert books(trade)["fee"] == 10_60
    assert books(refunded(trade, 500_00)) == {}


def test_a_full_refund_with_only_the_deposit_in() -> None:
    """Section 15: all that came in goes back, the posted coupon share too; what remained unpaid is off."""
    trade = paid_with(coupon(compensated()), terms(store_coupon=Decimal(0)))
    assert books(trade) == {"world": COUPON - 165_37, "subsidy": -COUPON, "escrow": 165_37}
    trade = refunded(trade)
    assert (books(trade), trade.order.status, trade.instalments[1].missing) == ({}, Status.CLOSED, TOTAL - 165_37)


def test_a_withdrawal_collects_first_what_is_owed() -> None:
    """Section 15: of 100.00, 30.00 are owed, so 70.00 can be withdrawn and not a cent more."""
    trade, _ = owing()
    asked = (LATE, act(Who.OWNER), 100_00, trade.recoveries)
    with pytest.raises(Refusal) as refused:
        sellers.withdraw(*asked, 70_01, "USD", "OWN_ACCOUNT", Tail())
    assert refused.value.code is ErrorCode.BALANCE_TOO_SMALL
    made = sellers.withdraw(*asked, 70_00, "USD", "OWN_ACCOUNT", Tail())
    assert [row.status for row in made.recoveries] == [RecoveryStatus.COLLECTED]
    assert [entry.kind for entry in made.entries] == [EntryKind.RECOVERY_COLLECTED, EntryKind.WITHDRAWAL]
    assert [row.order_id for row in made.collections] == [None]


def test_money_of_a_closed_order_goes_back_whether_it_was_held_or_landed() -> None:
    """PAY-6, section 16: a transfer never associated is no reason to keep a cent of a refunded order."""
    trade = transfer(paid_with(coupon(compensated()), terms(store_coupon=Decimal(0))), 50_00)
    trade = refunded(trade)
    assert books(trade) == {"world": -50_00, "unassociated": 50_00}
    assert books(funds.refund_held(trade, act(Who.OPERATOR), last_receipt(trade).id)) == {}
    assert books(pay(trade, 3_00))["held"] == 3_00
