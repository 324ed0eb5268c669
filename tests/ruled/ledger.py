"""Section 15, the ledger, sentence by sentence and act by act."""

from tests.ruled.rule import Change, Rule

FUNDS, CHAIN, SELLERS = "tests/domain/test_funds.py", "tests/domain/test_ledger.py", "tests/domain/test_sellers.py"
PROOF = "tests/domain/test_proof.py"
OF_FUNDS, OF_LEDGER, OF_SELLERS = "app/domain/funds.py", "app/domain/ledger.py", "app/domain/sellers.py"
OF_PROOF, OF_TRADE = "app/domain/proof.py", "app/domain/trade.py"
REMEDIES, CORRECTIONS = "tests/domain/test_remedies.py", "tests/domain/test_corrections.py"
OF_REFUNDS, OF_CORRECTIONS = "app/domain/refunds.py", "app/domain/corrections.py"
OF_RECOVERIES = "app/domain/recoveries.py"

RULES = (
    Rule(
        "15.1",
        "Over all accounts each currency sums to 0.",
        f"{CHAIN}::test_over_all_accounts_each_currency_sums_to_zero",
        Change(
            OF_LEDGER, "changes[move.target, move.currency] += move.amount", "changes[move.target, move.currency] += 1"
        ),
    ),
    Rule(
        "15.2",
        "A sum that is not 0 is found.",
        f"{PROOF}::test_a_currency_that_does_not_add_up_is_found",
        Change(OF_PROOF, "        if amount\n    ]", "        if amount > 0\n    ]"),
    ),
    Rule(
        "15.3",
        "unassociated, held and escrow cannot fall below 0.",
        f"{PROOF}::test_an_account_below_zero_is_found",
        Change(
            OF_PROOF,
            "if account.kind in ORDER_ACCOUNTS and amount < 0:",
            "if account.kind in ORDER_ACCOUNTS and amount < -1:",
        ),
    ),
    Rule(
        "15.4",
        "The seller's account cannot fall below 0: a withdrawal is at most the balance.",
        f"{SELLERS}::test_a_withdrawal_is_at_most_the_balance",
        Change(OF_SELLERS, "    if amount <= balance - debt:", "    if amount <= balance - debt + 1:"),
    ),
    Rule(
        "15.5",
        "A withdrawal is of something.",
        f"{SELLERS}::test_a_withdrawal_is_at_most_the_balance",
        Change(OF_SELLERS, "    if amount <= 0:", "    if amount < 0:"),
    ),
    Rule(
        "15.6",
        "Entries of nothing are not written.",
        f"{FUNDS}::test_no_fee_no_entry",
        Change(OF_TRADE, "moved = tuple(move for move in moves if move.amount)", "moved = moves"),
    ),
    Rule(
        "15.7",
        "A receipt online: world → escrow.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(
            OF_FUNDS, "Move(WORLD, escrow, counted, arrival.currency)", "Move(WORLD, held, counted, arrival.currency)"
        ),
    ),
    Rule(
        "15.8",
        "A buyer's payment fee: world → payment_fee, beside what is payable.",
        f"{FUNDS}::test_the_buyers_payment_fee",
        Change(OF_FUNDS, "Move(WORLD, PAYMENT_FEE, fee, arrival.currency)", "Move(WORLD, FEE, fee, arrival.currency)"),
    ),
    Rule(
        "15.9",
        "A transfer lands: world → unassociated.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(
            OF_FUNDS,
            "Move(WORLD, waiting, receipt.amount, receipt.currency)",
            "Move(WORLD, trade.account(AccountKind.HELD), receipt.amount, receipt.currency)",
        ),
    ),
    Rule(
        "15.10",
        "A transfer is associated: unassociated → escrow.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(OF_FUNDS, "AccountKind.UNASSOCIATED if landed else AccountKind.HELD)", "AccountKind.HELD)"),
    ),
    Rule(
        "15.11",
        "An association is undone: escrow → unassociated.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(
            OF_FUNDS, "Move(escrow, waiting, taken, receipt.currency)", "Move(waiting, escrow, taken, receipt.currency)"
        ),
    ),
    Rule(
        "15.12",
        "Money that does not count: world → held.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(
            OF_FUNDS,
            "Move(WORLD, held, receipt.held, arrival.currency)",
            "Move(WORLD, escrow, receipt.held, arrival.currency)",
        ),
    ),
    Rule(
        "15.13",
        "Held money goes back: held → world.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(
            OF_FUNDS, "Move(trade.account(AccountKind.HELD), WORLD,", "Move(trade.account(AccountKind.ESCROW), WORLD,"
        ),
    ),
    Rule(
        "15.14",
        "Held money counts: held → escrow.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(
            OF_FUNDS,
            "Move(trade.account(AccountKind.HELD), trade.account(AccountKind.ESCROW), counted,",
            "Move(WORLD, trade.account(AccountKind.ESCROW), counted,",
        ),
    ),
    Rule(
        "15.15",
        "Release at receipt: escrow → seller.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(OF_FUNDS, "Move(escrow, seller, part, order.currency)", "Move(escrow, WORLD, part, order.currency)"),
    ),
    Rule(
        "15.16",
        "Then seller → fee, and the balance rises by 540.21.",
        f"{FUNDS}::test_each_act_moves_what_the_book_says",
        Change(
            OF_FUNDS, "Move(seller, FEE, charged, order.currency)", "Move(seller, PAYMENT_FEE, charged, order.currency)"
        ),
    ),
    Rule(
        "15.17",
        "A withdrawal: seller → world.",
        f"{SELLERS}::test_a_withdrawal_is_at_most_the_balance",
        Change(OF_SELLERS, "Move(account, WORLD, amount, currency)", "Move(WORLD, account, amount, currency)"),
    ),
    Rule(
        "15.18",
        "A release never pays more of the fee than it releases.",
        f"{FUNDS}::test_the_fee_is_never_more_than_what_was_released",
        Change(
            OF_FUNDS, "charged = min(due, (fee or 0) - order.fee_charged)", "charged = (fee or 0) - order.fee_charged"
        ),
    ),
    Rule(
        "15.19",
        "What is still due of the fee comes out of later releases.",
        f"{FUNDS}::test_the_fee_is_never_more_than_what_was_released",
        Change(OF_FUNDS, "(fee or 0) - order.fee_charged)", "(fee or 0) if not order.released else 0)"),
    ),
    Rule(
        "15.20",
        "After receipt an order's escrow is 0.",
        f"{FUNDS}::test_two_instalments_to_the_sellers_balance",
        Change(OF_FUNDS, "order.refunded_after) - order.released", "order.refunded_after) - order.released - 1"),
    ),
    Rule(
        "15.21",
        "What is left in the escrow of a completed order is found.",
        f"{PROOF}::test_an_escrow_left_after_receipt_is_found",
        Change(OF_PROOF, "if order.status is Status.COMPLETED and", "if order.status is Status.CLOSED and"),
    ),
    Rule(
        "15.22",
        "What is owed in that currency is collected before a withdrawal.",
        f"{SELLERS}::test_debts_go_first",
        Change(OF_SELLERS, "    if amount <= balance - debt:", "    if amount <= balance:"),
    ),
    Rule(
        "15.23",
        "Release of an order with a coupon: the buyer's money and the coupon's, each on its own.",
        f"{REMEDIES}::test_the_release_at_receipt",
        Change(OF_FUNDS, "for part in (paid, due - paid))", "for part in (due,))"),
    ),
    Rule(
        "15.24",
        "The fee's base is the agreed total less what was refunded before the release.",
        f"{REMEDIES}::test_the_fee_s_base_is_what_was_not_refunded_before_release",
        Change(OF_FUNDS, "terms.fee(order.total - order.refunded)", "terms.fee(order.total)"),
    ),
    Rule(
        "15.25",
        "Recoveries are collected oldest first.",
        f"{REMEDIES}::test_the_oldest_debt_is_collected_first",
        Change(
            OF_RECOVERIES,
            "sorted(trade.recoveries, key=lambda row: (row.owed_at, row.id)):",
            "sorted(trade.recoveries, key=lambda row: row.id):",
        ),
    ),
    Rule(
        "15.26",
        "A recovery reversed or waived: subsidy → receivable what is still owed, subsidy → seller what was collected.",
        f"{REMEDIES}::test_a_recovery_is_reversed_or_waived_whatever_was_collected",
        Change(
            OF_RECOVERIES,
            "Move(SUBSIDY, seller, recovery.collected, recovery.currency),",
            "Move(SUBSIDY, receivable, recovery.collected, recovery.currency),",
        ),
    ),
    Rule(
        "15.27",
        "A partial refund after release: seller → world.",
        f"{REMEDIES}::test_a_partial_refund_before_and_after_release",
        Change(
            OF_REFUNDS,
            "trade = (_after_release if released else _before_release)(trade,",
            "trade = (_before_release if released else _before_release)(trade,",
        ),
    ),
    Rule(
        "15.28",
        "A full refund after release returns the fee (policy).",
        f"{REMEDIES}::test_a_full_refund_after_release",
        Change("app/domain/policy.py", '"refund_returns_fee": True,', '"refund_returns_fee": False,'),
    ),
    Rule(
        "15.29",
        "Policy may keep it.",
        f"{REMEDIES}::test_policy_may_keep_the_fee",
        Change(OF_REFUNDS, "if full and trade.policy.refund_returns_fee else 0", "if full else 0"),
    ),
    Rule(
        "15.30",
        "What the seller's balance cannot bear of a refund is receivable → world, and the buyer has it at once.",
        f"{REMEDIES}::test_a_balance_that_is_too_small_makes_the_platform_advance_the_refund",
        Change(OF_REFUNDS, "there = recoveries.balance(trade, currency) + fee", "there = amount + coupon"),
    ),
    Rule(
        "15.31",
        "It is owed like a recovery.",
        f"{REMEDIES}::test_a_balance_that_is_too_small_makes_the_platform_advance_the_refund",
        Change(OF_REFUNDS, "    if not advanced:", "    if advanced:"),
    ),
    Rule(
        "15.32",
        "A full refund with only the deposit in returns the posted share, too.",
        f"{REMEDIES}::test_a_full_refund_with_only_the_deposit_in",
        Change(
            OF_REFUNDS,
            "coupon = trade.order.coupon_posted - trade.order.coupon_returned if full else 0",
            "coupon = trade.order.coupon_returned if full else 0",
        ),
    ),
    Rule(
        "15.33",
        "An operator's correction has a reason.",
        f"{CORRECTIONS}::test_a_correction_is_an_operators_and_has_a_reason",
        Change(OF_CORRECTIONS, "    check_reason(reason)\n", "    assert act.account_id\n"),
    ),
    Rule(
        "15.34",
        "It moves nothing that other rows follow.",
        f"{CORRECTIONS}::test_what_no_correction_can_say",
        Change(OF_CORRECTIONS, "        if kind not in CORRECTABLE:", "        if kind is None:"),
    ),
    Rule(
        "15.35",
        "It takes no balance below 0.",
        f"{CORRECTIONS}::test_a_correction_takes_no_balance_below_nothing",
        Change(
            OF_CORRECTIONS,
            "and moved < 0 and recoveries.balance(trade, currency) < 0:",
            "and moved < 0 and recoveries.balance(trade, currency) < -100:",
        ),
    ),
)
