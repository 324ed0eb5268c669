"""Section 15, the ledger, sentence by sentence and act by act."""

from tests.ruled.rule import Change, Rule

FUNDS, CHAIN, SELLERS = "tests/domain/test_funds.py", "tests/domain/test_ledger.py", "tests/domain/test_sellers.py"
PROOF = "tests/domain/test_proof.py"
OF_FUNDS, OF_LEDGER, OF_SELLERS = "app/domain/funds.py", "app/domain/ledger.py", "app/domain/sellers.py"
OF_PROOF, OF_TRADE = "app/domain/proof.py", "app/domain/trade.py"

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
)
