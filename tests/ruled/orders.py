"""Section 2, orders (ORD), sentence by sentence."""

from tests.ruled.rule import Change, Rule

ORDERS, CONTRACT, MONEY = "tests/domain/test_orders.py", "tests/domain/test_contract.py", "tests/domain/test_money.py"
TIME, LIFE, FUNDS = "tests/domain/test_time.py", "tests/domain/test_lifecycle.py", "tests/domain/test_funds.py"
POLICY, MINT = "tests/domain/test_policy.py", "tests/test_mint.py"
OF_ORDERS, OF_DRAFTS, OF_CONTRACT = "app/domain/orders.py", "app/domain/drafts.py", "app/domain/contract.py"
OF_LIFE, OF_AMENDMENTS, OF_DEADLINES = "app/domain/lifecycle.py", "app/domain/amendments.py", "app/domain/deadlines.py"
OF_ACCESS, OF_STEPS, OF_FUNDS = "app/domain/access.py", "app/domain/steps.py", "app/domain/funds.py"

DRAFTING = (
    Rule(
        "ORD-1.1",
        "What a seller drafts is a SELLER_DRAFT, what a buyer drafts a START_ORDER.",
        f"{ORDERS}::test_who_drafts_decides_the_type",
        Change(OF_DRAFTS, "if buyer else OrderType.SELLER_DRAFT,", "if not buyer else OrderType.SELLER_DRAFT,"),
    ),
    Rule(
        "ORD-1.2",
        "A START_ORDER is submitted to the seller, a SELLER_DRAFT to the buyer.",
        f"{ORDERS}::test_who_drafts_decides_the_type",
        Change(OF_ORDERS, "awaiting=By.SELLER if by_buyer else By.BUYER", "awaiting=By.BUYER"),
    ),
    Rule(
        "ORD-2.1",
        "At most 20 people are invited by a draft.",
        f"{ORDERS}::test_invitations_have_a_limit",
        Change(OF_DRAFTS, "INVITATIONS_MOST = 20", "INVITATIONS_MOST = 21"),
    ),
    Rule(
        "ORD-2.2",
        "Until it was matched the draft cannot be submitted.",
        f"{ORDERS}::test_without_a_match_there_is_an_invitation_and_no_submission",
        Change(OF_ORDERS, "if trade.order.buyer_id is None:", "if trade.order.seller_id is None:"),
    ),
    Rule(
        "ORD-2.3",
        "An account counts only when its e-mail is verified.",
        f"{ORDERS}::test_only_the_verified_email_of_the_contract_confirms",
        Change(OF_ORDERS, "not actor.email_verified or ", ""),
    ),
    Rule(
        "ORD-2.4",
        "Case and blanks around an e-mail make no difference.",
        f"{ORDERS}::test_when_two_emails_are_the_same",
        Change(OF_ACCESS, "return email.strip().lower()", "return email.strip()"),
    ),
    Rule(
        "ORD-2.5",
        "Dots, plus signs and look-alike domains are differences.",
        f"{ORDERS}::test_when_two_emails_are_the_same",
        Change(OF_ACCESS, "return email.strip().lower()", 'return email.strip().lower().replace(".", "")'),
    ),
    Rule(
        "ORD-2.6",
        "With another e-mail a draft must be matched again.",
        f"{ORDERS}::test_another_email_needs_another_match",
        Change(OF_CONTRACT, "return trade.change(buyer_id=None) if moved else trade", "return trade"),
    ),
    Rule(
        "ORD-3.1",
        "A line costs unit price × quantity.",
        f"{MONEY}::test_a_line_is_rounded_once",
        Change(
            OF_CONTRACT, "half_up(price * Fraction(line.quantity))", "half_up(Fraction(price * int(line.quantity)))"
        ),
    ),
    Rule(
        "ORD-3.2",
        "The agreed total is lines + shipping fee − shipping discount − store coupon.",
        f"{MONEY}::test_the_agreed_total",
        Change(OF_CONTRACT, "- order.shipping_discount - order.store_coupon", "- order.shipping_discount"),
    ),
    Rule(
        "ORD-3.3",
        "Submission needs an address, an e-mail, a phone and a line.",
        f"{CONTRACT}::test_what_submission_needs",
        Change(OF_CONTRACT, '"phone": contact.phone,', ""),
    ),
    Rule(
        "ORD-3.4",
        "Submission needs payment terms, dispatch term, transport mode, Incoterms rule and export method.",
        f"{CONTRACT}::test_what_submission_needs",
        Change(OF_CONTRACT, '"incoterm": order.incoterm,', ""),
    ),
    Rule(
        "ORD-3.5",
        "Submission needs a carrier or a lane, one of them.",
        f"{CONTRACT}::test_what_submission_does_not_need",
        Change(OF_CONTRACT, '"carrier": order.carrier or order.lane,', '"carrier": order.carrier,'),
    ),
    Rule(
        "ORD-3.6",
        "Whatever is missing is named, all of it at once.",
        f"{CONTRACT}::test_an_empty_contract_names_all_that_is_missing",
        Change("app/domain/errors.py", "first.params, refusals[1:])", "first.params)"),
    ),
    Rule(
        "ORD-4.1",
        "The instalments add up to the agreed total to the last minor unit.",
        f"{MONEY}::test_thirty_and_seventy_percent",
        Change(OF_CONTRACT, "order.total - order.deposit)]", "order.total - order.deposit - 1)]"),
    ),
    Rule(
        "ORD-4.2",
        "A deposit is at least one minor unit.",
        f"{MONEY}::test_a_deposit_leaves_something",
        Change(
            OF_CONTRACT, "not 0 < (order.deposit or 0) < order.total", "not 0 <= (order.deposit or 0) < order.total"
        ),
    ),
    Rule(
        "ORD-4.3",
        "A deposit leaves at least one minor unit.",
        f"{MONEY}::test_a_deposit_leaves_something",
        Change(
            OF_CONTRACT, "not 0 < (order.deposit or 0) < order.total", "not 0 < (order.deposit or 0) <= order.total"
        ),
    ),
    Rule(
        "ORD-4.4",
        "Everything at once is one instalment.",
        f"{MONEY}::test_thirty_and_seventy_percent",
        Change(OF_CONTRACT, "return [(InstalmentKind.FULL, order.total)]", "return [(InstalmentKind.FULL, 0)]"),
    ),
    Rule(
        "ORD-5.1",
        "N calendar days after the deposit run from the deposit, whatever of the balance is open.",
        f"{TIME}::test_days_after_the_deposit",
        Change(OF_STEPS, "DAYS_AFTER_FULL_PAYMENT else instalments[:1]", "DAYS_AFTER_FULL_PAYMENT else instalments"),
    ),
    Rule(
        "ORD-5.2",
        "N calendar days after everything run from the last of it.",
        f"{TIME}::test_days_after_full_payment_wait_for_all_of_it",
        Change(OF_STEPS, "named = instalments if term", "named = instalments[:1] if term"),
    ),
    Rule(
        "ORD-5.3",
        "A date is good until its day ends.",
        f"{TIME}::test_a_fixed_date_ends_with_its_day",
        Change(
            OF_DEADLINES,
            "due = calendar.end_of(order.dispatch_date)",
            "due = calendar.end_of(order.dispatch_date) - SECOND",
        ),
    ),
    Rule(
        "ORD-5.4",
        "An instant is the deadline itself.",
        f"{TIME}::test_a_fixed_instant_is_itself",
        Change(OF_DEADLINES, "due = last_good_second(order.dispatch_instant)", "due = order.dispatch_instant + SECOND"),
    ),
)

OFFERING = (
    Rule(
        "ORD-7.1",
        "An order's number has 20 digits.",
        f"{MINT}::test_an_order_number",
        Change("app/mint.py", "randbelow(10**7):07d}", "randbelow(10**7):08d}"),
    ),
    Rule(
        "ORD-7.2",
        "The number rises with time.",
        f"{MINT}::test_an_order_number",
        Change("app/mint.py", "{int(now.timestamp() * 1000):013d}", "{10**13 - int(now.timestamp() * 1000):013d}"),
    ),
    Rule(
        "ORD-7.3",
        "Its tail is not to be guessed.",
        f"{MINT}::test_the_tail_of_a_number_is_not_to_be_guessed",
        Change("app/mint.py", "{secrets.randbelow(10**7):07d}", "{int(now.timestamp()) % 10**7:07d}"),
    ),
    Rule(
        "ORD-7.4",
        "There is a collection account at each receiving bank.",
        f"{ORDERS}::test_submission_gives_number_accounts_and_link",
        Change(OF_ORDERS, "for bank in trade.policy.banks", "for bank in trade.policy.banks[:1]"),
    ),
    Rule(
        "ORD-7.5",
        "No two orders ever share a collection account.",
        f"{ORDERS}::test_submission_gives_number_accounts_and_link",
        Change(OF_ORDERS, "act.mint.account_number()", 'f"{len(have):016}"'),
    ),
    Rule(
        "ORD-7.6",
        "Submitted anew, an order keeps its number.",
        f"{ORDERS}::test_an_offer_made_again_keeps_what_it_was_given",
        Change(OF_ORDERS, "number=order.number or act.mint", "number=act.mint"),
    ),
    Rule(
        "ORD-7.7",
        "A stranger with the link learns no more of the e-mail than its first letter.",
        f"{ORDERS}::test_the_link_masks_the_email",
        Change(OF_ORDERS, 'return f"{email[0]}•••@…"', 'return f"{email[:2]}•••@…"'),
    ),
    Rule(
        "ORD-7.8",
        "The receiving banks are J.P. Morgan and Citibank (policy).",
        f"{POLICY}::test_the_receiving_banks",
        Change("app/domain/policy.py", '{"name": "Citibank", "bic": "CITIUS33"', '{"name": "HSBC", "bic": "CITIUS33"'),
    ),
    Rule(
        "ORD-8.1",
        "Only the account whose e-mail stands on the contract may confirm.",
        f"{ORDERS}::test_only_the_verified_email_of_the_contract_confirms",
        Change(OF_ORDERS, " or plain_email(actor.email) != trade.contact.email:", ":"),
    ),
    Rule(
        "ORD-8.2",
        "A seller who completes a START_ORDER must not say where the goods go.",
        f"{CONTRACT}::test_a_completing_seller_does_not_say_where_the_goods_go",
        Change(OF_DRAFTS, "if completing and (fixed", "if not completing and (fixed"),
    ),
    Rule(
        "ORD-8.3",
        "What is offered to the buyer must be complete.",
        f"{ORDERS}::test_a_request_is_completed_before_the_buyer_confirms_it",
        Change(OF_ORDERS, "whole=not by_buyer)", "whole=trade.order.drafted_by is not By.BUYER)"),
    ),
    Rule(
        "ORD-9.1",
        "There are five stages, and each status belongs to one.",
        f"{LIFE}::test_stages",
        Change(OF_LIFE, "Status.DISPATCHED: Stage.RECEIVING,", "Status.DISPATCHED: Stage.SHIPMENT,"),
    ),
    Rule(
        "ORD-9.2",
        "A closed order stays in the stage it was closed in.",
        f"{LIFE}::test_closing_keeps_the_stage",
        Change(OF_LIFE, "_STAGES[closed_in or Status.DRAFT if", "_STAGES[Status.DRAFT if"),
    ),
)

CHANGING = (
    Rule(
        "ORD-10.1",
        "Amendments are proposed one at a time.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_LIFE, "Cell(S, (NO_OPEN_AMENDMENT,))", "Cell(S)"),
    ),
    Rule(
        "ORD-10.2",
        "At most 100 are proposed for an order.",
        f"{TIME}::test_proposals_have_a_limit",
        Change(OF_AMENDMENTS, "AMENDMENTS_MOST = 100", "AMENDMENTS_MOST = 101"),
    ),
    Rule(
        "ORD-10.3",
        "Nothing is proposed any more once nothing is left to dispatch.",
        f"{LIFE}::test_an_amendment_needs_something_left_to_dispatch",
        Change(
            OF_LIFE,
            "Step.PROPOSE_AMENDMENT: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY),",
            "Step.PROPOSE_AMENDMENT: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED),",
        ),
    ),
    Rule(
        "ORD-10.4",
        "As long as no money has landed every term may change.",
        f"{MONEY}::test_instalments_follow_an_amended_contract",
        Change(OF_AMENDMENTS, "if trade.order.landed else set(patch)", "if trade.order.version else set(patch)"),
    ),
    Rule(
        "ORD-10.5",
        "Even then neither the buyer nor the currency changes.",
        f"{MONEY}::test_currency_and_email_are_never_amended",
        Change(OF_AMENDMENTS, 'ALWAYS_FIXED = frozenset({"email", "currency"', 'ALWAYS_FIXED = frozenset({"email"'),
    ),
    Rule(
        "ORD-10.6",
        "Afterwards only dispatch term, transport mode, lane, carrier and address may change.",
        f"{MONEY}::test_once_money_has_landed_other_terms_stand_too",
        Change(OF_AMENDMENTS, '"carrier"} | _ADDRESS', '"carrier", "notes"} | _ADDRESS'),
    ),
    Rule(
        "ORD-10.7",
        "Afterwards amounts never change.",
        f"{MONEY}::test_once_money_has_landed_amounts_stand",
        Change(OF_AMENDMENTS, '"carrier"} | _ADDRESS', '"carrier", "items"} | _ADDRESS'),
    ),
    Rule(
        "ORD-10.8",
        "With part of the goods under way only the dispatch term changes, for the rest.",
        f"{TIME}::test_an_amendment_of_the_rest_of_the_goods",
        Change(
            OF_AMENDMENTS, "fixed = sorted(set(patch) - DISPATCH_FIELDS)", "fixed = sorted(set(patch) - AFTER_MONEY)"
        ),
    ),
    Rule(
        "ORD-10.9",
        "Only the buyer's confirmation makes an amendment count.",
        f"{TIME}::test_without_the_buyers_yes_the_old_deadline_lapses",
        Change(OF_AMENDMENTS, "    if not accept:", "    if accept is None:"),
    ),
    Rule(
        "ORD-10.10",
        "If everything is dispatched first, it lapses.",
        f"{TIME}::test_an_unanswered_amendment_lapses",
        Change(
            "app/domain/fulfilment.py",
            "return lapse_amendment(_delivered(trade, act), act)",
            "return _delivered(trade, act)",
        ),
    ),
    Rule(
        "ORD-10.11",
        "If the order closes first, it lapses.",
        f"{TIME}::test_an_unanswered_amendment_lapses",
        Change(OF_ORDERS, "return lapse_amendment(trade, act)", "return trade"),
    ),
    Rule(
        "ORD-10.12",
        "The new deadline is worked out from the same start as the old one.",
        f"{TIME}::test_an_amendment_before_the_deadline_moves_it",
        Change(OF_AMENDMENTS, "dispatch_due(trade.order, clock.starts_at,", "dispatch_due(trade.order, act.now,"),
    ),
    Rule(
        "ORD-10.13",
        "A new deadline that does not lie after the confirmation is refused.",
        f"{TIME}::test_a_new_deadline_must_lie_ahead_of_the_confirmation",
        Change(OF_AMENDMENTS, "if not in_time(act.now, due[0]):", "if act.now > due[0].replace(year=9999):"),
    ),
    Rule(
        "ORD-10.14",
        "What both sides see before is what the confirmation does.",
        f"{TIME}::test_the_effect_shown_is_the_effect_had",
        Change(OF_AMENDMENTS, "due_after=then.due_at if then else None,", "due_after=clock.due_at if clock else None,"),
    ),
    Rule(
        "ORD-10.15",
        "A dispatch that is late by the old term and not by the new is no longer overdue.",
        f"{TIME}::test_an_amendment_confirmed_after_the_deadline_clears_the_flag",
        Change(OF_DEADLINES, "or trade.order.overdue_at is None:", "or trade.order.overdue_at is not None:"),
    ),
    Rule(
        "ORD-10.16",
        "An amended total changes what the order occupies of the quota.",
        f"{MONEY}::test_an_amended_total_adjusts_the_quota",
        Change(OF_AMENDMENTS, "return trade.change(quota_occupied=needed)", "return trade"),
    ),
    Rule(
        "ORD-10.17",
        "A dispatch clock that runs is not amended into one that waits for money still missing.",
        f"{LIFE}::test_a_dispatched_order_never_lacks_the_money_for_it",
        Change(
            OF_AMENDMENTS,
            "if not money_for_dispatch(trade.order.dispatch_term, trade.instalments):",
            "if not trade.instalments:",
        ),
    ),
    Rule(
        "ORD-11.1",
        "Buyer or seller can cancel only as long as nothing has landed.",
        f"{FUNDS}::test_after_everything_went_back_the_order_can_be_cancelled",
        Change(OF_LIFE, "Cell(B | S, (NO_MONEY_LANDED,), (State.CLOSED,))", "Cell(B | S, to=(State.CLOSED,))"),
    ),
    Rule(
        "ORD-11.2",
        "Landed includes money that does not count.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_FUNDS, "trade = trade.change(landed=True)", "trade = trade.change(landed=not transfer)"),
    ),
    Rule(
        "ORD-11.3",
        "Once all of it went back, both may cancel again.",
        f"{FUNDS}::test_after_everything_went_back_the_order_can_be_cancelled",
        Change(
            OF_FUNDS,
            "trade.change(landed=anything).record(EventKind.HELD_REFUNDED",
            "trade.record(EventKind.HELD_REFUNDED",
        ),
    ),
    Rule(
        "ORD-11.4",
        "Before confirmation both may step back although money is held, and it is refunded.",
        f"{FUNDS}::test_both_sides_step_back_from_an_offer_with_money",
        Change(
            OF_LIFE,
            "State.CONF_BUYER: Cell(B | S, to=(State.CLOSED,)),",
            "State.CONF_BUYER: Cell(B | S, (NO_MONEY_LANDED,), (State.CLOSED,)),",
        ),
    ),
    Rule(
        "ORD-11.5",
        "Whoever closes an order says why.",
        f"{ORDERS}::test_closing_needs_a_reason",
        Change(OF_ORDERS, "if not reason.strip() or len(reason)", "if len(reason)"),
    ),
    Rule(
        "ORD-13.1",
        "Every act on an order is on its log: each version is one event.",
        f"{ORDERS}::test_every_act_is_on_the_log",
        Change("app/domain/trade.py", "version = order.version + 1", "version = order.version + 2"),
    ),
    Rule(
        "ORD-13.2",
        "Of a contract's terms before and after are told.",
        f"{ORDERS}::test_the_log_says_what_terms_were_before",
        Change(
            OF_CONTRACT,
            "Change(path_of(name), _said(before, name), _said(after, name))",
            "Change(path_of(name), None, _said(after, name))",
        ),
    ),
    Rule(
        "ORD-13.3",
        "Long texts, lines and what may hold an address are not told.",
        f"{ORDERS}::test_the_log_says_what_terms_were_before",
        Change(OF_CONTRACT, '*("incoterm", "export_method",', '*("incoterm", "incoterm_place", "export_method",'),
    ),
)

RULES = DRAFTING + OFFERING + CHANGING
