"""Section 4, money (PAY), sentence by sentence."""

from tests.ruled.rule import Change, Rule

FUNDS, TIME, LIFE = "tests/domain/test_funds.py", "tests/domain/test_time.py", "tests/domain/test_lifecycle.py"
ORDERS, POLICY, PROOF = "tests/domain/test_orders.py", "tests/domain/test_policy.py", "tests/domain/test_proof.py"
CHAIN, SHOWN = "tests/domain/test_ledger.py", "tests/test_visibility.py"
OF_FUNDS, OF_PAYMENTS, OF_FEES = "app/domain/funds.py", "app/domain/payments.py", "app/domain/fees.py"
OF_LIFE, OF_ORDERS, OF_POLICY = "app/domain/lifecycle.py", "app/domain/orders.py", "app/domain/policy.py"
OF_RECORDS, OF_PROOF = "app/domain/records.py", "app/domain/proof.py"

PAYING = (
    Rule(
        "PAY-1.1",
        "An agreed total of USD 551.23 has a fee of 11.02, and the buyer has 551.23 to pay.",
        f"{FUNDS}::test_the_worked_example",
        Change(OF_FEES, "fee = times(base, self.rate)", "fee = times(base + 100, self.rate)"),
    ),
    Rule(
        "PAY-1.2",
        "The estimated fee is for the seller's side only.",
        f"{SHOWN}::test_every_field_has_its_row_and_is_shown_to_whom_the_row_says",
        Change(
            "app/schema/funds.py",
            '"The transaction fee: estimated until confirmation, then agreed; null until it can be said.",\n'
            "        to=SELLER_SIDE,",
            '"The transaction fee: estimated until confirmation, then agreed; null until it can be said.",\n        ',
        ),
    ),
    Rule(
        "PAY-2.1",
        "E_CHECKING is for USD.",
        f"{FUNDS}::test_methods_by_country_and_currency",
        Change(
            OF_POLICY, '{**anywhere, "currencies": ["USD"], "countries": ["US"]}', '{**anywhere, "countries": ["US"]}'
        ),
    ),
    Rule(
        "PAY-2.2",
        "E_CHECKING is for buyers registered in the US.",
        f"{FUNDS}::test_methods_by_country_and_currency",
        Change(
            OF_POLICY, '{**anywhere, "currencies": ["USD"], "countries": ["US"]}', '{**anywhere, "currencies": ["USD"]}'
        ),
    ),
    Rule(
        "PAY-2.3",
        "BOLETO is for buyers in Brazil.",
        f"{FUNDS}::test_methods_by_country_and_currency",
        Change(OF_POLICY, '{**anywhere, "countries": ["BR"]}', "anywhere"),
    ),
    Rule(
        "PAY-2.4",
        "PAYPAL, APPLE_PAY, GOOGLE_PAY and PAY_LATER take up to USD 12,000, and no more.",
        f"{FUNDS}::test_wallets_up_to_their_limit",
        Change(OF_POLICY, '"largest_usd": 12_000_00}', '"largest_usd": 12_000_01}'),
    ),
    Rule(
        "PAY-2.5",
        "USD 12,000.00 itself is in.",
        f"{FUNDS}::test_wallets_up_to_their_limit",
        Change(OF_FEES, "usd <= rule.largest_usd)", "usd < rule.largest_usd)"),
    ),
    Rule(
        "PAY-3.1",
        "Neither buyer nor seller has any way to make a receipt.",
        f"{LIFE}::test_nobody_but_provider_and_operator_records_money",
        Change(
            OF_LIFE,
            "**_everywhere(_NUMBERED, Cell(P | O)),\n        State.PAYMENT",
            "**_everywhere(_NUMBERED, Cell(P | O | F)),\n        State.PAYMENT",
        ),
    ),
    Rule(
        "PAY-3.2",
        "Starting a payment moves nothing.",
        f"{FUNDS}::test_a_started_payment_moves_no_money",
        Change(
            OF_PAYMENTS,
            'return trade.put("payments", payment).record(',
            'return trade.put("payments", payment).change(landed=True).record(',
        ),
    ),
    Rule(
        "PAY-3.3",
        "The answer names the exact amount.",
        f"{FUNDS}::test_a_started_payment_moves_no_money",
        Change(OF_PAYMENTS, "amount=chosen.missing,", "amount=chosen.amount,"),
    ),
    Rule(
        "PAY-3.4",
        "It is good for 60 minutes (policy).",
        f"{FUNDS}::test_a_started_payment_moves_no_money",
        Change(OF_POLICY, '"payment_minutes": 60,', '"payment_minutes": 61,'),
    ),
    Rule(
        "PAY-3.5",
        "At most 200 payments are started for an order.",
        f"{FUNDS}::test_started_payments_have_a_limit",
        Change(OF_PAYMENTS, "PAYMENTS_MOST = 200", "PAYMENTS_MOST = 201"),
    ),
    Rule(
        "PAY-3.6",
        "A payment is started for the first instalment that is not complete, and for no other.",
        f"{FUNDS}::test_instalments_are_paid_in_their_order",
        Change(OF_PAYMENTS, "or position not in (None, following.position):", "or position is following:"),
    ),
)

ARRIVING = (
    Rule(
        "PAY-6.1",
        "Money that came in is recorded whatever state the order is in.",
        f"{FUNDS}::test_money_after_closing_is_held_and_goes_back",
        Change(OF_LIFE, "State.CONF_BUYER, *_CONFIRMED, State.CLOSED)", "State.CONF_BUYER, *_CONFIRMED)"),
    ),
    Rule(
        "PAY-6.2",
        "What is more than was missing is held.",
        f"{FUNDS}::test_an_excess_is_held",
        Change(OF_FUNDS, "counted = min(rest, _missing(trade)) if usable else 0", "counted = rest if usable else 0"),
    ),
    Rule(
        "PAY-6.3",
        "Money of a closed order is held.",
        f"{FUNDS}::test_money_after_closing_is_held_and_goes_back",
        Change(OF_FUNDS, " and trade.order.status in OPEN", ""),
    ),
    Rule(
        "PAY-6.4",
        "Money before confirmation is held.",
        f"{FUNDS}::test_money_before_confirmation_is_held",
        Change(OF_FUNDS, "and trade.order.status in OPEN", "and trade.order.status is not Status.CLOSED"),
    ),
    Rule(
        "PAY-6.5",
        "Money in another currency is held.",
        f"{FUNDS}::test_another_currency_is_held_as_it_is",
        Change(OF_FUNDS, "usable = arrival.currency == trade.order.currency and ", "usable = "),
    ),
    Rule(
        "PAY-6.6",
        "Held money goes back to whoever paid it, all of it.",
        f"{FUNDS}::test_money_after_closing_is_held_and_goes_back",
        Change(OF_FUNDS, "replace(receipt, held=0, unassociated", "replace(receipt, held=1, unassociated"),
    ),
    Rule(
        "PAY-6.7",
        "Once the order is confirmed held money may count.",
        f"{FUNDS}::test_held_money_counts_at_confirmation",
        Change(
            OF_ORDERS, "return funds.count_held(funds.count(trade, act, 0), act)", "return funds.count(trade, act, 0)"
        ),
    ),
    Rule(
        "PAY-6.8",
        "Of held money no more counts than is missing.",
        f"{FUNDS}::test_only_what_is_missing_counts_at_confirmation",
        Change(OF_FUNDS, "counted = min(receipt.held, _missing(trade))", "counted = receipt.held"),
    ),
    Rule(
        "PAY-6.9",
        "What is not held does not go back.",
        f"{FUNDS}::test_what_is_not_held_does_not_go_back",
        Change(OF_FUNDS, "    if not back:\n        raise Refusal", "    if back < 0:\n        raise Refusal"),
    ),
    Rule(
        "PAY-6.10",
        "An instalment paid only in part says how much is missing.",
        f"{FUNDS}::test_an_underpaid_instalment_says_what_is_missing",
        Change(
            OF_RECORDS,
            "return self.payable - self.received",
            "return self.payable if self.received < self.payable else 0",
        ),
    ),
    Rule(
        "PAY-6.11",
        "Money fills the instalments in their order, so one payment may begin the balance.",
        f"{FUNDS}::test_more_than_an_instalment_fills_the_next",
        Change(OF_FUNDS, "        part = min(left, instalment.missing)", "        part = left"),
    ),
    Rule(
        "PAY-6.12",
        "While money is there, the order's e-mail cannot change.",
        f"{ORDERS}::test_an_order_stays_with_its_buyer_once_money_has_landed",
        Change("app/domain/contract.py", "if moved and trade.order.landed:", "if moved and not trade.order.landed:"),
    ),
)

COUNTING = (
    Rule(
        "PAY-7.1",
        "Money by an online method counts when its receipt is recorded.",
        f"{FUNDS}::test_two_instalments_to_the_sellers_balance",
        Change(OF_FUNDS, "    if usable and transfer:", "    if usable:"),
    ),
    Rule(
        "PAY-7.2",
        "A transfer lands first and counts only when it is associated.",
        f"{FUNDS}::test_a_transfer_lands_and_is_associated",
        Change(OF_FUNDS, "    if usable and transfer:", "    if usable and not transfer:"),
    ),
    Rule(
        "PAY-7.3",
        "The bank's value date starts nothing.",
        f"{FUNDS}::test_a_transfer_lands_and_is_associated",
        Change(OF_FUNDS, "held=held, associated_at=act.now)", "held=held, associated_at=receipt.value_date)"),
    ),
    Rule(
        "PAY-7.4",
        "Only the seller's owner or finance, or an operator, may associate.",
        f"{LIFE}::test_who_associates",
        Change(
            OF_LIFE,
            "_CONFIRMED, Cell(F | O, (TRANSFER_UNASSOCIATED,)))",
            "_CONFIRMED, Cell(F | S | O, (TRANSFER_UNASSOCIATED,)))",
        ),
    ),
    Rule(
        "PAY-7.5",
        "A transfer that nobody associated within 48 hours is announced (policy).",
        f"{TIME}::test_a_transfer_that_waits_is_announced_after_two_days",
        Change(OF_POLICY, '"transfer_waiting_hours": 48,', '"transfer_waiting_hours": 49,'),
    ),
    Rule(
        "PAY-7.6",
        "Both sides are told of it, by TRANSFER_WAITING.",
        f"{TIME}::test_a_transfer_that_waits_is_announced_after_two_days",
        Change(OF_FUNDS, "    if receipt is None or not waiting:", "    if receipt is None or waiting:"),
    ),
    Rule(
        "PAY-7.7",
        "An operator may undo an association until something was dispatched.",
        f"{LIFE}::test_an_association_stands_once_goods_have_left",
        Change(
            OF_LIFE,
            "State.DISPATCH: Cell(O, (ASSOCIATED, NOTHING_REFUNDED), (State.DISPATCH, State.PAYMENT)),",
            "**_everywhere((State.DISPATCH, State.PARTLY), Cell(O, (ASSOCIATED, NOTHING_REFUNDED))),",
        ),
    ),
    Rule(
        "PAY-7.8",
        "With it go the clocks that rested on that money.",
        f"{TIME}::test_an_undone_association_takes_clock_and_flag_with_it",
        Change(OF_FUNDS, "*lapsed).change(overdue_at=None", "*lapsed).change(first_paid_at=None"),
    ),
    Rule(
        "PAY-7.9",
        "Only a transfer is undone: what came online was never associated.",
        f"{FUNDS}::test_only_transfers_are_undone",
        Change(OF_FUNDS, "    if not (receipt.counted and receipt.associated_at):", "    if not receipt.counted:"),
    ),
    Rule(
        "PAY-8.1",
        "Receipt releases what is in escrow to the seller's balance.",
        f"{FUNDS}::test_two_instalments_to_the_sellers_balance",
        Change(
            OF_FUNDS,
            "    if not due:\n        return trade\n    escrow",
            "    if due:\n        return trade\n    escrow",
        ),
    ),
    Rule(
        "PAY-8.2",
        "The balance rises by what was released less the fee.",
        f"{FUNDS}::test_the_worked_example",
        Change(OF_FUNDS, "Move(seller, FEE, charged, order.currency)", "Move(FEE, seller, charged, order.currency)"),
    ),
    Rule(
        "PAY-8.3",
        "YIDATONG_AGENCY withdraws to the agent's account, MARKET_PROCUREMENT to the partner's, others to their own.",
        f"{POLICY}::test_where_withdrawals_go",
        Change(OF_POLICY, '"YIDATONG_AGENCY": "AGENT"', '"YIDATONG_AGENCY": "COMPANY"'),
    ),
    Rule(
        "PAY-8.4",
        "Money that counts after receipt is released at once.",
        f"{FUNDS}::test_money_after_receipt_is_released_at_once",
        Change(
            OF_FUNDS,
            "if trade.order.status is Status.COMPLETED else trade",
            "if trade.order.status is Status.CLOSED else trade",
        ),
    ),
    Rule(
        "PAY-8.5",
        "An open balance can be paid after receipt.",
        f"{LIFE}::test_receipt_needs_no_open_balance_settled",
        Change(
            OF_FUNDS,
            "        Status.DISPATCHED,\n        Status.COMPLETED,\n",
            "        Status.DISPATCHED,\n        Status.CLOSED,\n",
        ),
    ),
    Rule(
        "PAY-10.1",
        "Whatever is altered in an entry is found.",
        f"{CHAIN}::test_an_altered_entry_is_found",
        Change("app/domain/ledger.py", "                move.amount,\n", "                0,\n"),
    ),
    Rule(
        "PAY-10.2",
        "A removed entry is found.",
        f"{CHAIN}::test_a_removed_entry_is_found",
        Change(
            "app/domain/ledger.py",
            "        if entry.previous_hash != previous:",
            "        if entry.previous_hash == entry.hash:",
        ),
    ),
    Rule(
        "PAY-10.3",
        "An entry carries the hash of the one before it.",
        f"{CHAIN}::test_a_chain_as_it_was_written_holds",
        Change("app/domain/trade.py", "previous_hash=self.order.entry_hash,", "previous_hash=None,"),
    ),
    Rule(
        "PAY-10.4",
        "The funds card can be computed from the entries alone.",
        f"{PROOF}::test_the_sums_of_an_order_follow_from_its_entries",
        Change(OF_PROOF, "flows[kind, ESCROW] - flows[ESCROW, kind] for kind", "flows[kind, ESCROW] for kind"),
    ),
    Rule(
        "PAY-10.5",
        "What an order's row says otherwise is a fault.",
        f"{PROOF}::test_a_sum_that_the_entries_do_not_bear_out_is_found",
        Change(OF_PROOF, "        if has != should:", "        if has < should:"),
    ),
    Rule(
        "PAY-10.6",
        "What a receipt says otherwise is a fault.",
        f"{PROOF}::test_a_receipt_that_the_entries_do_not_bear_out_is_found",
        Change(OF_PROOF, "            if has != booked:", "            if has < booked:"),
    ),
)

RULES = PAYING + ARRIVING + COUNTING
