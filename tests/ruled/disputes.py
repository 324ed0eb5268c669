"""Section 11, refunds and disputes (DSP), sentence by sentence."""

from tests.ruled.rule import Change, Rule

DISPUTES, PROTECTION = "tests/domain/test_disputes.py", "tests/domain/test_protection.py"
REMEDIES, CLAIMS = "tests/domain/test_remedies.py", "tests/domain/test_claims.py"
OF_DISPUTES, OF_REFUNDS, OF_CLAIMS = "app/domain/disputes.py", "app/domain/refunds.py", "app/domain/claims.py"
OF_PROTECTION, OF_LIFE = "app/domain/protection.py", "app/domain/lifecycle.py"
OF_CONDITIONS, OF_POLICY = "app/domain/conditions.py", "app/domain/policy.py"

ASKING = (
    Rule(
        "DSP-1.1",
        "A refund can be applied for from the first money that counts.",
        f"{DISPUTES}::test_from_the_first_money_that_counts",
        Change(OF_CONDITIONS, "lambda facts: facts.refundable,", "lambda facts: True,"),
    ),
    Rule(
        "DSP-1.2",
        "Until 30 days after receipt (policy).",
        f"{DISPUTES}::test_until_thirty_days_after_receipt_to_the_second",
        Change(OF_POLICY, '"protection_days": 30,', '"protection_days": 31,'),
    ),
    Rule(
        "DSP-1.3",
        "After that it is refused.",
        f"{DISPUTES}::test_until_thirty_days_after_receipt_to_the_second",
        Change(OF_CONDITIONS, "lambda facts: facts.protected,", "lambda facts: True,"),
    ),
    Rule(
        "DSP-1.4",
        "For a cent or more.",
        f"{DISPUTES}::test_what_can_be_asked_for",
        Change(
            OF_DISPUTES, "if amount is None else _within(trade, amount, 1),", "if amount is None else amount.minor,"
        ),
    ),
    Rule(
        "DSP-1.5",
        "Another reason than those named is given in words.",
        f"{DISPUTES}::test_words",
        Change(OF_DISPUTES, "text = _words(text, needed=reason is DisputeReason.OTHER)", "text = _words(text)"),
    ),
    Rule(
        "DSP-1.6",
        "Others may follow, at most 50 an order.",
        f"{DISPUTES}::test_one_dispute_at_a_time_and_not_for_ever",
        Change(OF_DISPUTES, "if len(trade.disputes) >= DISPUTES_MOST:", "if len(trade.disputes) > DISPUTES_MOST:"),
    ),
    Rule(
        "DSP-1.7",
        "Who names a dispute that has ended does not speak in the one that is open.",
        f"{DISPUTES}::test_another_dispute_is_not_meant",
        Change(
            OF_DISPUTES,
            "return dispute if dispute is not None and dispute.id == dispute_id else _not_open()",
            "return dispute if dispute is not None else _not_open()",
        ),
    ),
)

ARGUING = (
    Rule(
        "DSP-2.1",
        "While one is open there is no other.",
        f"{DISPUTES}::test_every_act_in_every_status",
        Change(OF_CONDITIONS, "lambda facts: facts.dispute is None,", "lambda facts: True,"),
    ),
    Rule(
        "DSP-2.2",
        "Only the side whose word is awaited answers.",
        f"{DISPUTES}::test_every_act_in_every_status",
        Change(
            OF_CONDITIONS,
            "lambda facts: facts.dispute is DisputeStatus.AWAITING_SELLER,",
            "lambda facts: facts.dispute is not None,",
        ),
    ),
    Rule(
        "DSP-2.3",
        "The seller's word is its owner's or its sales'.",
        f"{DISPUTES}::test_every_act_in_every_status",
        Change(
            OF_LIFE,
            "Step.ANSWER_DISPUTE: _perhaps_closing(S, DISPUTE_AWAITS_SELLER),",
            "Step.ANSWER_DISPUTE: _perhaps_closing(S | F, DISPUTE_AWAITS_SELLER),",
        ),
    ),
    Rule(
        "DSP-2.4",
        "An acceptance resolves, and what was named goes back.",
        f"{DISPUTES}::test_what_each_answer_does",
        Change(OF_DISPUTES, "    if word is DisputeAnswer.ACCEPT:", "    if word is None:"),
    ),
    Rule(
        "DSP-2.5",
        "An amount is named with a counter, and only then.",
        f"{DISPUTES}::test_only_a_counter_names_an_amount",
        Change(
            OF_DISPUTES,
            "if (amount is None) is (word is DisputeAnswer.COUNTER):",
            "if amount is None and word is DisputeAnswer.COUNTER:",
        ),
    ),
    Rule(
        "DSP-2.6",
        "Another amount is another than the other side named.",
        f"{DISPUTES}::test_another_amount_is_another_and_possible",
        Change(OF_DISPUTES, "if named == (dispute.offered if by_buyer else dispute.asked):", "if named == 0:"),
    ),
    Rule(
        "DSP-2.7",
        "A buyer accepts or rejects only an offer that stands.",
        f"{DISPUTES}::test_a_buyer_answers_an_offer_that_stands",
        Change(
            OF_DISPUTES,
            "if word is not DisputeAnswer.COUNTER and dispute.offered is None:",
            "if word is DisputeAnswer.COUNTER and dispute.offered is None:",
        ),
    ),
    Rule(
        "DSP-2.8",
        "Silence of 5 days escalates (policy).",
        f"{DISPUTES}::test_silence_escalates_a_second_after_its_last_good_second",
        Change(OF_POLICY, '"dispute_silence_days": 5,', '"dispute_silence_days": 6,'),
    ),
    Rule(
        "DSP-2.9",
        "It counts from each word.",
        f"{DISPUTES}::test_silence_counts_from_each_word",
        Change(
            OF_DISPUTES,
            "return _await_word(_told(trade, act, dispute, word), act)",
            "return _told(trade, act, dispute, word)",
        ),
    ),
    Rule(
        "DSP-2.10",
        "An escalated dispute is decided by an operator.",
        f"{DISPUTES}::test_every_act_in_every_status",
        Change(
            OF_LIFE,
            "Step.DECIDE_DISPUTE: _perhaps_closing(O, DISPUTE_ESCALATED),",
            "Step.DECIDE_DISPUTE: _perhaps_closing(O | S, DISPUTE_ESCALATED),",
        ),
    ),
    Rule(
        "DSP-2.11",
        "Nothing goes back, a part, or all.",
        f"{DISPUTES}::test_what_operators_decide",
        Change(OF_DISPUTES, "    if amount is not None and not decided:", "    if not decided or amount is None:"),
    ),
    Rule(
        "DSP-2.12",
        "After 50 words a dispute is accepted, withdrawn or escalated.",
        f"{DISPUTES}::test_offers_do_not_go_back_and_forth_for_ever",
        Change(OF_DISPUTES, "if steps >= STEPS_MOST:", "if steps > STEPS_MOST:"),
    ),
    Rule(
        "DSP-2.13",
        "An operator's decision, and its undo, has a reason.",
        f"{DISPUTES}::test_operators_give_a_reason",
        Change(OF_DISPUTES, "    if needed and not (text and text.strip()):", "    if needed and text is None:"),
    ),
    Rule(
        "DSP-2.14",
        "An operator's no may be taken back until another dispute is opened.",
        f"{DISPUTES}::test_a_rejection_is_taken_back_as_long_as_it_is_the_last_word",
        Change(OF_CONDITIONS, "lambda facts: facts.dispute_rejected,", "lambda facts: True,"),
    ),
)

RETURNED = (
    Rule(
        "DSP-3.1",
        "Refunds of an order add up.",
        f"{DISPUTES}::test_parts_add_up_and_the_last_closes",
        Change(OF_REFUNDS, "return order.received - order.refunded", "return order.received"),
    ),
    Rule(
        "DSP-3.2",
        "The one that returns the last of what was paid closes the order, even if something was never paid.",
        f"{DISPUTES}::test_parts_add_up_and_the_last_closes",
        Change(OF_REFUNDS, "    full = amount == left", "    full = order.refunded + amount == order.total"),
    ),
    Rule(
        "DSP-3.3",
        "More than was paid and not yet returned is refused.",
        f"{DISPUTES}::test_what_can_be_asked_for",
        Change(OF_DISPUTES, "    if amount.minor > left:", "    if amount.minor > left + 1:"),
    ),
    Rule(
        "DSP-3.4",
        "Not a cent more goes back.",
        f"{REMEDIES}::test_two_partial_refunds_that_add_up_to_all",
        Change(OF_REFUNDS, "    if not 0 <= amount <= left:", "    if amount < 0:"),
    ),
    Rule(
        "DSP-3.5",
        "The last of several returns the coupon.",
        f"{REMEDIES}::test_two_partial_refunds_that_add_up_to_all",
        Change(OF_REFUNDS, "return coupons.give_back(trade, act)", "return trade"),
    ),
    Rule(
        "DSP-3.6",
        "A claim under review is then rejected as ORDER_REFUNDED.",
        f"{CLAIMS}::test_a_dispute_that_closes_the_order_rejects_the_claim_under_review",
        Change(OF_REFUNDS, "trade = claims.reject_refunded(trade, act)", "trade = trade.change()"),
    ),
    Rule(
        "DSP-3.7",
        "An approved one stands.",
        f"{CLAIMS}::test_a_dispute_that_closes_the_order_rejects_the_claim_under_review",
        Change(
            OF_CLAIMS,
            "if claim is None or claim.status is not ClaimStatus.UNDER_REVIEW:",
            "if claim is None:",
        ),
    ),
)

PANEL = (
    Rule(
        "DSP-4.1",
        "Payment is protected from confirmation to release.",
        f"{PROTECTION}::test_each_part_at_each_stage",
        Change(
            OF_PROTECTION,
            "payment=_part(course.confirmed_at, _first(course.completed_at, closed)),",
            "payment=_part(course.confirmed_at, closed),",
        ),
    ),
    Rule(
        "DSP-4.2",
        "Dispatch is protected until everything is dispatched.",
        f"{PROTECTION}::test_each_part_at_each_stage",
        Change(
            OF_PROTECTION,
            "_part(course.dispatch_from, _first(course.dispatched_at, closed)),",
            "_part(course.dispatch_from, _first(course.first_dispatched_at, closed)),",
        ),
    ),
    Rule(
        "DSP-4.3",
        "Until its clock starts it is to be activated.",
        f"{PROTECTION}::test_each_part_at_each_stage",
        Change(
            OF_PROTECTION,
            "state = ProtectionState.TO_BE_ACTIVATED if active_at is None else",
            "state = ProtectionState.INACTIVE if active_at is None else",
        ),
    ),
    Rule(
        "DSP-4.4",
        "Quality is protected from the first dispatch.",
        f"{PROTECTION}::test_each_part_at_each_stage",
        Change(OF_PROTECTION, "quality=_part(course.first_dispatched_at,", "quality=_part(course.dispatched_at,"),
    ),
    Rule(
        "DSP-4.5",
        "It ends when the last good second of protection has run out.",
        f"{PROTECTION}::test_protection_ends_when_its_last_good_second_has_run_out",
        Change(
            OF_PROTECTION,
            "if until is not None and until + SECOND <= now else",
            "if until is not None and until <= now else",
        ),
    ),
    Rule(
        "DSP-4.6",
        "Delivery that is not guaranteed is inactive.",
        f"{PROTECTION}::test_delivery_is_protected_where_it_is_guaranteed",
        Change(OF_PROTECTION, "        if course.delivery_guaranteed\n", "        if course.confirmed_at\n"),
    ),
    Rule(
        "DSP-4.7",
        "Closing ends every part.",
        f"{PROTECTION}::test_closing_ends_every_part",
        Change(OF_PROTECTION, "_first(over, closed)),", "over),"),
    ),
    Rule(
        "DSP-4.8",
        "Before receipt it is said in words until when: receipt + 30 days.",
        f"{PROTECTION}::test_protected_until",
        Change(OF_PROTECTION, 'words=f"receipt + {course.days} days"', 'words="receipt + 30 days"'),
    ),
)

RULES = (*ASKING, *ARGUING, *RETURNED, *PANEL)
