"""Money that arrives at an order: what counts, what is held, what goes back, and what the ledger says of each act."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import fulfilment, funds, orders, payments
from app.domain.errors import ErrorCode, Refusal
from app.domain.happenings import EventKind
from app.domain.ledger import AccountKind, EntryKind, deltas, seller_account
from app.domain.lifecycle import Who
from app.domain.policy import FIRST_POLICY, ExportMethod, PaymentMethod
from app.domain.records import DispatchTerm, Payment, PaymentTerms, Receipt, Status
from app.domain.trade import Trade
from tests.domain import build, invariants
from tests.domain.build import (
    CURRENCIES,
    POLICY,
    SELLER,
    START,
    act,
    associate,
    confirmed,
    last_receipt,
    one_line,
    pay,
    send,
    submitted,
    terms,
    transfer,
)

TOTAL = {"USD": 551_23, "JPY": 55_125, "KWD": 551_230}
DEPOSIT = {"USD": 165_37, "JPY": 16_538, "KWD": 165_369}
FEE = {"USD": 11_02, "JPY": 1_103, "KWD": 11_025}
each_currency = pytest.mark.parametrize("currency", CURRENCIES)


def checked(trade: Trade) -> Trade:
    """The trade, once the ledger agrees with an independent computation and nothing of it is lost."""
    invariants.check(trade)
    return trade


def agreed(currency: str = "USD", **changes: Any) -> Trade:
    """An agreed order that waits for money."""
    return confirmed(terms(currency, **changes))


def parts(receipt: Receipt) -> dict[str, int]:
    """What became of a receipt."""
    every = {
        "unassociated": receipt.unassociated,
        "counted": receipt.counted,
        "held": receipt.held,
        "returned": receipt.returned,
        "payment_fee": receipt.payment_fee,
    }
    return {name: amount for name, amount in every.items() if amount}


def balance(trade: Trade, kind: AccountKind, currency: str | None = None) -> int:
    """What one of the order's accounts holds."""
    return deltas(trade.posted)[trade.account(kind), currency or trade.order.currency]


def entries(trade: Trade) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """What was posted, by kinds of accounts."""
    return [
        (entry.kind, [(move.source.kind, move.target.kind, move.amount) for move in entry.moves])
        for entry in trade.posted
    ]


def kinds(trade: Trade) -> list[EventKind]:
    """What happened since the order was agreed."""
    every = [event.kind for event in trade.happenings]
    return every[every.index(EventKind.ORDER_CONFIRMED) + 1 :]


# --- money that counts ------------------------------------------------------------------------------------------


@each_currency
def test_two_instalments_to_the_sellers_balance(currency: str) -> None:
    """PAY-7, PAY-8, PAY-10, section 15: a deposit online and a balance by transfer into escrow, released at receipt."""
    total, deposit, fee = TOTAL[currency], DEPOSIT[currency], FEE[currency]
    trade = checked(pay(agreed(currency)))
    assert (trade.order.status, trade.order.received) == (Status.PENDING_DISPATCH, deposit)
    trade = checked(associate(transfer(trade, total - deposit)))
    assert trade.order.fully_paid_at == START
    trade = checked(fulfilment.confirm_receipt(send(trade), act(Who.BUYER)))
    assert entries(trade) == [
        (EntryKind.RECEIPT_COUNTED, [("WORLD", "ESCROW", deposit)]),
        (EntryKind.TRANSFER_LANDED, [("WORLD", "UNASSOCIATED", total - deposit)]),
        (EntryKind.TRANSFER_ASSOCIATED, [("UNASSOCIATED", "ESCROW", total - deposit)]),
        (EntryKind.RELEASE, [("ESCROW", "SELLER", total)]),
        (EntryKind.FEE, [("SELLER", "FEE", fee)]),
    ]
    assert balance(trade, AccountKind.ESCROW) == 0
    assert deltas(trade.posted)[seller_account(SELLER.id), currency] == total - fee
    assert (trade.order.released, trade.order.fee_charged) == (total, fee)


def test_the_worked_example() -> None:
    """PAY-1, PAY-8, section 15: of 551.23 the seller's balance rises by 540.21, and the fee is 11.02."""
    trade = pay(pay(agreed()))
    assert (trade.order.total, trade.order.fee) == (551_23, 11_02)
    trade = fulfilment.confirm_receipt(send(trade), act(Who.BUYER))
    assert deltas(trade.posted)[seller_account(SELLER.id), "USD"] == 540_21


@each_currency
def test_an_underpaid_instalment_says_what_is_missing(currency: str) -> None:
    """PAY-6: one unit short, and the instalment is not complete; the unit completes it."""
    trade = checked(pay(agreed(currency), DEPOSIT[currency] - 1))
    assert trade.instalments[0].missing == 1
    assert (trade.order.status, trade.order.first_paid_at) == (Status.PENDING_PAYMENT, None)
    trade = checked(pay(trade, 1))
    assert trade.instalments[0].completed_at == trade.order.first_paid_at == START
    assert kinds(trade).count(EventKind.INSTALMENT_COMPLETED) == 1


@each_currency
def test_more_than_an_instalment_fills_the_next(currency: str) -> None:
    """PAY-6, ORD-4: money fills the instalments in their order; only what belongs to none is too much."""
    trade = checked(pay(agreed(currency), DEPOSIT[currency] + 1))
    assert [row.received for row in trade.instalments] == [DEPOSIT[currency], 1]
    assert parts(last_receipt(trade)) == {"counted": DEPOSIT[currency] + 1}


@each_currency
def test_an_excess_is_held(currency: str) -> None:
    """PAY-6: what is more than was missing goes to the held account, never absorbed and never refused."""
    trade = checked(pay(agreed(currency), TOTAL[currency] + 1))
    assert parts(last_receipt(trade)) == {"counted": TOTAL[currency], "held": 1}
    assert balance(trade, AccountKind.HELD) == 1
    assert EventKind.FUNDS_HELD in kinds(trade)
    again = checked(pay(trade, 100))
    assert parts(last_receipt(again)) == {"held": 100}
    assert again.order.received == TOTAL[currency]


@each_currency
def test_another_currency_is_held_as_it_is(currency: str) -> None:
    """PAY-6: money of another currency is never converted; it is held in its own and given back so."""
    other = next(name for name in CURRENCIES if name != currency)
    trade = checked(pay(agreed(currency), DEPOSIT[currency], currency=other))
    assert (trade.order.received, trade.order.landed) == (0, True)
    assert balance(trade, AccountKind.HELD, other) == DEPOSIT[currency]
    trade = checked(transfer(trade, 100, currency=other))
    assert parts(last_receipt(trade)) == {"held": 100}
    with pytest.raises(Refusal) as refused:
        associate(trade)
    assert refused.value.code is ErrorCode.NOT_UNASSOCIATED


# --- money too early or too late --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "waiting",
    [
        submitted,
        build.requested,
        build.answered_request,
        lambda: orders.revise(submitted(), act(Who.OWNER)),
    ],
    ids=["offer", "request", "completed request", "offer taken back"],
)
@pytest.mark.parametrize("method", [PaymentMethod.VISA, PaymentMethod.TT])
def test_money_before_confirmation_is_held(waiting: Any, method: PaymentMethod) -> None:
    """PAY-6: before confirmation nothing counts, whatever the method."""
    trade = checked(pay(waiting(), 100_00, method=method))
    assert parts(last_receipt(trade)) == {"held": 100_00}
    assert (trade.order.received, trade.order.landed) == (0, True)


@each_currency
def test_held_money_counts_at_confirmation(currency: str) -> None:
    """PAY-6, PAY-7: early online money counts when the buyer confirms, and can start the dispatch clock."""
    trade = pay(submitted(terms(currency)), DEPOSIT[currency])
    trade = checked(orders.confirm(trade, act(Who.BUYER)))
    assert parts(last_receipt(trade)) == {"counted": DEPOSIT[currency]}
    assert trade.order.status is Status.PENDING_DISPATCH
    assert [kind for kind, _ in entries(trade)] == [EntryKind.RECEIPT_HELD, EntryKind.HELD_COUNTED]
    assert kinds(trade)[0] is EventKind.HELD_COUNTED


def test_only_what_is_missing_counts_at_confirmation() -> None:
    """PAY-6: of several early receipts each counts while something is missing; the rest stays held."""
    trade = pay(pay(pay(submitted(), 500_00), 60_00), 5_00)
    trade = checked(orders.confirm(trade, act(Who.BUYER)))
    assert [parts(row) for row in trade.receipts] == [
        {"counted": 500_00},
        {"counted": 51_23, "held": 8_77},
        {"held": 5_00},
    ]


def test_an_early_transfer_waits_to_be_associated() -> None:
    """PAY-7: a transfer counts by association only; held from before confirmation, it may still count."""
    trade = checked(orders.confirm(transfer(submitted(), 200_00), act(Who.BUYER)))
    assert parts(last_receipt(trade)) == {"held": 200_00}
    trade = checked(associate(trade))
    assert parts(last_receipt(trade)) == {"counted": 200_00}
    assert entries(trade)[-1] == (EntryKind.HELD_COUNTED, [("HELD", "ESCROW", 200_00)])


@pytest.mark.parametrize("method", [PaymentMethod.VISA, PaymentMethod.TT])
def test_money_after_closing_is_held_and_goes_back(method: PaymentMethod) -> None:
    """PAY-6: an order that closed in the meantime takes no money and turns none away."""
    closed = orders.cancel(agreed(), act(Who.BUYER), "Ordered twice.")
    trade = checked(pay(closed, 165_37, method=method))
    assert trade.order.status is Status.CLOSED
    assert parts(last_receipt(trade)) == {"held": 165_37}
    trade = checked(funds.refund_held(trade, act(Who.OPERATOR), last_receipt(trade).id))
    assert parts(last_receipt(trade)) == {"returned": 165_37}
    assert entries(trade)[-1] == (EntryKind.HELD_REFUNDED, [("HELD", "WORLD", 165_37)])


def test_money_after_receipt_is_released_at_once() -> None:
    """PAY-8: the balance can be paid until the order closes; what counts after receipt goes to the seller at once."""
    trade = checked(pay(build.completed()))
    assert (trade.order.released, balance(trade, AccountKind.ESCROW)) == (551_23, 0)
    late = checked(associate(transfer(build.completed(), 385_86)))
    assert late.order.released == 551_23
    too_much = checked(pay(late, 1))
    assert parts(last_receipt(too_much)) == {"held": 1}


def test_the_fee_is_never_more_than_what_was_released() -> None:
    """Section 15: with USD 10.00 in at receipt they all go to the fee, and the missing 1.02 come from the balance."""
    trade = send(pay(agreed(deposit=Decimal("10.00"))))
    trade = checked(fulfilment.confirm_receipt(trade, act(Who.BUYER)))
    assert (trade.order.released, trade.order.fee_charged) == (10_00, 10_00)
    trade = checked(pay(trade, 1_00))
    assert trade.order.fee_charged == 11_00
    trade = checked(pay(trade))
    assert entries(trade)[-2:] == [
        (EntryKind.RELEASE, [("ESCROW", "SELLER", 540_23)]),
        (EntryKind.FEE, [("SELLER", "FEE", 2)]),
    ]
    assert trade.order.fee_charged == trade.order.fee == 11_02


def test_no_fee_no_entry() -> None:
    """FEE-1, section 15: with a fee of 0 there is a release and no entry of nothing."""
    trade = send(pay(confirmed(one_line("551.23", export_method=ExportMethod.SELF_OPERATED))))
    trade = checked(fulfilment.confirm_receipt(trade, act(Who.BUYER)))
    assert [kind for kind, _ in entries(trade)] == [EntryKind.RECEIPT_COUNTED, EntryKind.RELEASE]
    assert EventKind.FEE_CHARGED not in kinds(trade)


def test_each_act_moves_what_the_book_says() -> None:
    """Section 15: act by act, from which account to which; at receipt the seller's balance rises by 540.21."""
    operator = act(Who.OPERATOR)
    trade = pay(orders.confirm(pay(submitted(), 65_37), act(Who.BUYER)), 100_00)
    trade = associate(transfer(trade, 385_86))
    trade = associate(funds.undo_association(trade, operator, last_receipt(trade).id))
    trade = pay(trade, 9_00)
    trade = funds.refund_held(trade, operator, last_receipt(trade).id)
    trade = checked(fulfilment.confirm_receipt(send(trade), act(Who.BUYER)))
    assert entries(trade) == [
        (EntryKind.RECEIPT_HELD, [("WORLD", "HELD", 65_37)]),
        (EntryKind.HELD_COUNTED, [("HELD", "ESCROW", 65_37)]),
        (EntryKind.RECEIPT_COUNTED, [("WORLD", "ESCROW", 100_00)]),
        (EntryKind.TRANSFER_LANDED, [("WORLD", "UNASSOCIATED", 385_86)]),
        (EntryKind.TRANSFER_ASSOCIATED, [("UNASSOCIATED", "ESCROW", 385_86)]),
        (EntryKind.ASSOCIATION_UNDONE, [("ESCROW", "UNASSOCIATED", 385_86)]),
        (EntryKind.TRANSFER_ASSOCIATED, [("UNASSOCIATED", "ESCROW", 385_86)]),
        (EntryKind.RECEIPT_HELD, [("WORLD", "HELD", 9_00)]),
        (EntryKind.HELD_REFUNDED, [("HELD", "WORLD", 9_00)]),
        (EntryKind.RELEASE, [("ESCROW", "SELLER", 551_23)]),
        (EntryKind.FEE, [("SELLER", "FEE", 11_02)]),
    ]
    assert deltas(trade.posted)[seller_account(SELLER.id), "USD"] == 540_21


# --- transfers --------------------------------------------------------------------------------------------------


@each_currency
def test_a_transfer_lands_and_is_associated(currency: str) -> None:
    """PAY-7: landed money counts for nothing until it is associated; then it does, at that instant."""
    landed = checked(transfer(agreed(currency), DEPOSIT[currency]))
    assert parts(last_receipt(landed)) == {"unassociated": DEPOSIT[currency]}
    assert (landed.order.received, landed.order.landed) == (0, True)
    at = START + timedelta(hours=5)
    trade = checked(associate(landed, at=at))
    assert (trade.order.first_paid_at, last_receipt(trade).associated_at) == (at, at)
    assert trade.order.status is Status.PENDING_DISPATCH


@each_currency
def test_the_excess_of_a_transfer_is_held(currency: str) -> None:
    """PAY-6, PAY-7: of an associated transfer what is missing counts and the rest is held, in one entry."""
    trade = checked(associate(transfer(agreed(currency), TOTAL[currency] + 7)))
    assert parts(last_receipt(trade)) == {"counted": TOTAL[currency], "held": 7}
    moves = [("UNASSOCIATED", "ESCROW", TOTAL[currency]), ("UNASSOCIATED", "HELD", 7)]
    assert entries(trade)[-1] == (EntryKind.TRANSFER_ASSOCIATED, moves)


def test_a_transfer_for_a_paid_order_is_held() -> None:
    """PAY-6: when nothing is missing any more, association holds all of it, and it can go back."""
    paid = pay(agreed(), 551_23)
    trade = checked(associate(transfer(paid, 5_00)))
    assert parts(last_receipt(trade)) == {"held": 5_00}
    with pytest.raises(Refusal):
        associate(trade)
    trade = checked(funds.refund_held(trade, act(Who.OPERATOR), last_receipt(trade).id))
    assert parts(last_receipt(trade)) == {"returned": 5_00}


@each_currency
def test_an_undone_association(currency: str) -> None:
    """PAY-7: the money waits again, the last instalments lose it first, and it may be associated anew."""
    amount = DEPOSIT[currency] + 5
    counted = associate(transfer(agreed(currency), amount))
    trade = checked(funds.undo_association(counted, act(Who.OPERATOR), last_receipt(counted).id))
    assert parts(last_receipt(trade)) == {"unassociated": amount}
    assert [row.received for row in trade.instalments] == [0, 0]
    assert (trade.order.status, trade.order.first_paid_at) == (Status.PENDING_PAYMENT, None)
    assert entries(trade)[-1] == (EntryKind.ASSOCIATION_UNDONE, [("ESCROW", "UNASSOCIATED", amount)])
    assert checked(associate(trade)).order.received == amount


def test_undoing_leaves_what_other_money_paid() -> None:
    """PAY-7: with the deposit paid online, undoing a transfer of the balance leaves the deposit and its clock."""
    trade = associate(transfer(pay(agreed()), 385_86))
    trade = checked(funds.undo_association(trade, act(Who.OPERATOR), last_receipt(trade).id))
    assert [row.received for row in trade.instalments] == [165_37, 0]
    assert (trade.order.status, trade.order.fully_paid_at) == (Status.PENDING_DISPATCH, None)
    with pytest.raises(Refusal) as refused:
        funds.undo_association(trade, act(Who.OPERATOR), trade.receipts[0].id)
    assert refused.value.params["condition"] == "transfer_associated"


def test_only_transfers_are_undone() -> None:
    """PAY-7: money that an online provider reported was never associated, so there is nothing to undo."""
    trade = associate(transfer(pay(agreed(), 100), 100))
    with pytest.raises(Refusal) as refused:
        funds.undo_association(trade, act(Who.OPERATOR), trade.receipts[0].id)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_UNASSOCIATED, ("receiptId",))


# --- held money goes back ---------------------------------------------------------------------------------------


def test_after_everything_went_back_the_order_can_be_cancelled() -> None:
    """ORD-11, PAY-6: landed money bars cancelling; once all of it is refunded the way is open again."""
    trade = pay(agreed(), 50_00, currency="CHF")
    with pytest.raises(Refusal) as refused:
        orders.cancel(trade, act(Who.BUYER), "Ordered twice.")
    assert refused.value.code is ErrorCode.MONEY_LANDED
    trade = checked(funds.refund_held(trade, act(Who.OPERATOR), last_receipt(trade).id))
    assert trade.order.landed is False
    assert orders.cancel(trade, act(Who.BUYER), "Ordered twice.").order.status is Status.CLOSED


@pytest.mark.parametrize("who", [Who.BUYER, Who.SALES])
@pytest.mark.parametrize("offer", [submitted, build.requested], ids=["offer", "request"])
def test_both_sides_step_back_from_an_offer_with_money(offer: Any, who: Who) -> None:
    """ORD-11: before confirmation money can only be held, so both may still cancel, and it is refunded."""
    closed = orders.cancel(pay(offer(), 100_00), act(who), "No longer needed.")
    assert closed.order.status is Status.CLOSED
    trade = checked(funds.refund_held(closed, act(Who.OPERATOR), last_receipt(closed).id))
    assert parts(last_receipt(trade)) == {"returned": 100_00}


@pytest.mark.parametrize("step", [funds.refund_held, funds.associate])
def test_a_receipt_of_another_order(step: Any) -> None:
    """PAY-6: only the order's own receipts can be dealt with, and each only once."""
    trade = transfer(pay(agreed(), 1, currency="CHF"), 1)
    with pytest.raises(Refusal) as refused:
        step(trade, act(Who.OPERATOR), build.MINT.id())
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOT_FOUND, ("receiptId",))


def test_what_is_not_held_does_not_go_back() -> None:
    """PAY-6: money that counts or waits is not held."""
    trade = transfer(pay(agreed(), 1, currency="CHF"), 1)
    with pytest.raises(Refusal) as refused:
        funds.refund_held(trade, act(Who.OPERATOR), last_receipt(trade).id)
    assert (refused.value.code, refused.value.field) == (ErrorCode.NOTHING_HELD, ("receiptId",))


# --- started payments -------------------------------------------------------------------------------------------

# A policy in which paying by card costs the buyer 1.5 %
COSTLY = POLICY.changed(
    POLICY.id,
    START,
    {
        "methods": [
            {**rule, "fee_rate": "0.015"} if rule["method"] == "VISA" else rule for rule in FIRST_POLICY["methods"]
        ]
    },
)


def start(
    trade: Trade, method: PaymentMethod = PaymentMethod.VISA, instalment: int | None = None
) -> tuple[Trade, Payment]:
    """The buyer starts a payment."""
    return payments.start(trade, act(Who.BUYER), instalment, method, "demo", "started-1")


@each_currency
def test_a_started_payment_moves_no_money(currency: str) -> None:
    """PAY-3: the answer is a reference, the exact amount and an expiry; no entry is made and nothing counts."""
    trade, payment = start(agreed(currency))
    assert (payment.amount, payment.currency) == (DEPOSIT[currency], currency)
    assert payment.expires_at == START + timedelta(minutes=60)
    assert (trade.posted, trade.order.landed, trade.order.received) == ((), False, 0)
    assert start(pay(trade, 1))[1].amount == DEPOSIT[currency] - 1


def test_started_payments_have_a_limit() -> None:
    """PAY-3: a buyer starts at most 200 payments for an order; what arrives for those counts as ever."""
    trade = agreed()
    for _ in range(200):
        trade, _ = start(trade)
    with pytest.raises(Refusal) as refused:
        start(trade)
    assert refused.value.code is ErrorCode.TOO_MANY
    assert pay(trade).order.status is Status.PENDING_DISPATCH


def test_instalments_are_paid_in_their_order() -> None:
    """PAY-3, ORD-4: a payment is started for the first instalment that is not complete, and for no other."""
    with pytest.raises(Refusal) as refused:
        start(agreed(), instalment=1)
    assert (refused.value.code, refused.value.params) == (ErrorCode.INSTALMENT_COMPLETE, {"next": "1"})
    assert start(pay(agreed()), instalment=1)[1].amount == 385_86
    with pytest.raises(Refusal):
        start(pay(agreed()), instalment=0)


@pytest.mark.parametrize(
    ("method", "country", "currency", "offered"),
    [
        (PaymentMethod.VISA, "DE", "JPY", True),
        (PaymentMethod.E_CHECKING, "US", "USD", True),
        (PaymentMethod.E_CHECKING, "DE", "USD", False),
        (PaymentMethod.E_CHECKING, "US", "JPY", False),
        (PaymentMethod.BOLETO, "BR", "USD", True),
        (PaymentMethod.BOLETO, "US", "USD", False),
        (PaymentMethod.TT, "US", "USD", False),
    ],
)
def test_methods_by_country_and_currency(method: PaymentMethod, country: str, currency: str, offered: bool) -> None:
    """PAY-2, PAY-3: currency and country decide which methods are on offer; a transfer is not started here."""
    trade = confirmed(terms(currency), buyer_country=country)
    if offered:
        assert start(trade, method)[1].method is method
        return
    with pytest.raises(Refusal) as refused:
        start(trade, method)
    assert (refused.value.code, refused.value.field) == (ErrorCode.PAYMENT_METHOD_NOT_OFFERED, ("method",))
    assert method not in refused.value.params["offered"].split()


@pytest.mark.parametrize(("price", "offered"), [("12000.00", True), ("12000.01", False)])
def test_wallets_up_to_their_limit(price: str, offered: bool) -> None:
    """PAY-2: wallets take up to USD 12,000.00, by the amount to pay."""
    trade = confirmed(one_line(price, export_method=ExportMethod.SELF_OPERATED))
    for wallet in (PaymentMethod.PAYPAL, PaymentMethod.APPLE_PAY, PaymentMethod.GOOGLE_PAY, PaymentMethod.PAY_LATER):
        if offered:
            assert start(trade, wallet)[1].amount == 12_000_00
        else:
            with pytest.raises(Refusal):
                start(trade, wallet)


@pytest.mark.parametrize(("currency", "fee"), [("USD", 2_48), ("JPY", 248), ("KWD", 2_481)])
def test_the_buyers_payment_fee(currency: str, fee: int) -> None:
    """FEE-5, section 15: the fee comes beside what is payable, into its own account, and never counts."""
    trade, payment = start(confirmed(terms(currency), policy=COSTLY))
    assert payment.payment_fee == fee
    trade = checked(pay(trade, DEPOSIT[currency] + fee, reference=payment.reference))
    assert parts(last_receipt(trade)) == {"counted": DEPOSIT[currency], "payment_fee": fee}
    assert entries(trade)[0] == (EntryKind.PAYMENT_FEE, [("WORLD", "PAYMENT_FEE", fee)])
    assert trade.payments[0].receipt_id == last_receipt(trade).id
    assert trade.order.status is Status.PENDING_DISPATCH


@pytest.mark.parametrize(("beyond", "fee", "to_balance"), [(-1, 0, 0), (0, 0, 0), (1_00, 1_00, 0), (3_00, 2_48, 52)])
def test_the_payment_fee_takes_only_what_came_beside(beyond: int, fee: int, to_balance: int) -> None:
    """FEE-5: what is payable comes first; the fee takes what is left, and more than both counts for the balance."""
    trade, payment = start(confirmed(policy=COSTLY))
    trade = checked(pay(trade, 165_37 + beyond, reference=payment.reference))
    assert last_receipt(trade).payment_fee == fee
    assert [row.received for row in trade.instalments] == [165_37 + min(beyond, 0), to_balance]


def test_without_a_started_payment_there_is_no_fee() -> None:
    """FEE-5: an unannounced receipt, another currency, or a transfer carries no payment fee."""
    trade, payment = start(confirmed(policy=COSTLY))
    assert last_receipt(checked(pay(trade, 200_00))).payment_fee == 0
    assert last_receipt(checked(pay(trade, 200_00, currency="CHF", reference=payment.reference))).payment_fee == 0


# --- any history ------------------------------------------------------------------------------------------------

amounts = st.one_of(st.integers(1, 60_000), st.sampled_from(sorted({*TOTAL.values(), *DEPOSIT.values()})))
arrivals = st.lists(
    st.tuples(st.sampled_from(["online", "transfer", "other", "associate", "undo", "refund", "advance"]), amounts),
    max_size=25,
)


def _act(trade: Trade, what: str, amount: int) -> Trade:
    operator = act(Who.OPERATOR)
    if what == "online":
        return pay(trade, amount)
    if what == "transfer":
        return transfer(trade, amount)
    if what == "other":
        return pay(trade, amount, currency="CHF")
    if what == "advance":
        return _advance(trade)
    step = {"associate": funds.associate, "undo": funds.undo_association, "refund": funds.refund_held}[what]
    return step(trade, operator, trade.receipts[amount % len(trade.receipts)].id) if trade.receipts else trade


def _advance(trade: Trade) -> Trade:
    if trade.order.status is Status.PENDING_CONFIRMATION:
        return orders.confirm(trade, act(Who.BUYER))
    if trade.order.status is Status.DISPATCHED:
        return fulfilment.confirm_receipt(trade, act(Who.BUYER))
    return send(trade)


@each_currency
@given(
    history=arrivals,
    term=st.sampled_from([DispatchTerm.DAYS_AFTER_DEPOSIT, DispatchTerm.DAYS_AFTER_FULL_PAYMENT]),
    split=st.sampled_from(PaymentTerms),
)
def test_in_any_history_of_money_nothing_is_lost(
    currency: str, history: list[tuple[str, int]], term: DispatchTerm, split: PaymentTerms
) -> None:
    """PAY-6, PAY-10, section 15: after each act the parts of receipts add up and every account is what they say."""
    trade = submitted(terms(currency, dispatch_term=term, payment_terms=split))
    for what, amount in history:
        try:
            trade = _act(trade, what, amount)
        except Refusal:
            continue
        invariants.check(trade)
    arrived = sum(row.amount for row in trade.receipts)
    assert sum(sum(parts(row).values()) for row in trade.receipts) == arrived
