"""Section 9, claims (CLM), sentence by sentence."""

from tests.ruled.rule import Change, Rule

CLAIMS, GUARANTEES = "tests/domain/test_claims.py", "tests/domain/test_guarantees.py"
OF_CLAIMS, OF_CLAIMABLE, OF_WAIVERS = "app/domain/claims.py", "app/domain/claimable.py", "app/domain/waivers.py"
OF_GUARANTEES, OF_LIFE = "app/domain/guarantees.py", "app/domain/lifecycle.py"
OF_CONDITIONS, OF_POLICY = "app/domain/conditions.py", "app/domain/policy.py"

OPENING = (
    Rule(
        "CLM-1.1",
        "The buyer alone can claim.",
        f"{CLAIMS}::test_who_claims_and_who_decides",
        Change(
            OF_LIFE,
            "Step.FILE_CLAIM: _everywhere(_PAID, Cell(B, (CLAIM_OPEN,))),",
            "Step.FILE_CLAIM: _everywhere(_PAID, Cell(B | S, (CLAIM_OPEN,))),",
        ),
    ),
    Rule(
        "CLM-2.1",
        "Dispatch on time can be claimed only for an order that the guarantee covers.",
        f"{CLAIMS}::test_an_order_without_the_guarantee_cannot_be_claimed",
        Change(
            OF_CLAIMABLE,
            'Condition("DISPATCH_GUARANTEED", facts.dispatch_guaranteed, None)',
            'Condition("DISPATCH_GUARANTEED", True, None)',
        ),
    ),
    Rule(
        "CLM-2.2",
        "From the second after its deadline.",
        f"{CLAIMS}::test_it_opens_with_the_second_after_the_deadline",
        Change(OF_CLAIMABLE, "due is not None and not in_time(now, due) and (", "due is not None and now > due and ("),
    ),
    Rule(
        "CLM-2.3",
        "Dispatched since or not.",
        f"{CLAIMS}::test_a_broken_promise_can_be_claimed_dispatched_since_or_not",
        Change(OF_CLAIMABLE, "and (done is None or not in_time(done, due))", "and done is None"),
    ),
    Rule(
        "CLM-2.4",
        "What left in the last good second left in time.",
        f"{CLAIMS}::test_dispatch_in_time_leaves_nothing_to_claim",
        Change(OF_CLAIMABLE, "or not in_time(done, due))", "or done > due)"),
    ),
    Rule(
        "CLM-2.5",
        "Until 30 days after receipt (policy).",
        f"{CLAIMS}::test_until_thirty_days_after_receipt_to_the_second",
        Change(OF_POLICY, '"claim_window_days": 30,', '"claim_window_days": 31,'),
    ),
    Rule(
        "CLM-2.6",
        "To the end of the window's last second.",
        f"{CLAIMS}::test_until_thirty_days_after_receipt_to_the_second",
        Change(
            OF_CLAIMABLE,
            'Condition("DISPATCH_OVERDUE", late, _instant(due)),\n'
            '        Condition("WINDOW_OPEN", closes is None or in_time(now, closes), _instant(closes)),',
            'Condition("DISPATCH_OVERDUE", late, _instant(due)),\n'
            '        Condition("WINDOW_OPEN", closes is None or now <= closes, _instant(closes)),',
        ),
    ),
    Rule(
        "CLM-2.7",
        "As long as the goods are not received, it stays open.",
        f"{CLAIMS}::test_a_broken_promise_can_be_claimed_dispatched_since_or_not",
        Change(
            OF_CLAIMABLE,
            'Condition("DISPATCH_OVERDUE", late, _instant(due)),\n'
            '        Condition("WINDOW_OPEN", closes is None or in_time(now, closes), _instant(closes)),',
            'Condition("DISPATCH_OVERDUE", late, _instant(due)),\n'
            '        Condition("WINDOW_OPEN", closes is not None and in_time(now, closes), _instant(closes)),',
        ),
    ),
    Rule(
        "CLM-3.1",
        "Delivery on time cannot be claimed before the promised date is over.",
        f"{CLAIMS}::test_a_late_delivery_can_be_claimed_for_thirty_days_after_the_promise_to_the_second",
        Change(
            OF_CLAIMABLE,
            'Condition("DELIVERY_OVERDUE", late, _instant(due))',
            'Condition("DELIVERY_OVERDUE", True, _instant(due))',
        ),
    ),
    Rule(
        "CLM-3.2",
        "Delivered since or not.",
        f"{CLAIMS}::test_a_late_delivery_can_be_claimed_for_thirty_days_after_the_promise_to_the_second",
        Change(
            OF_CLAIMABLE,
            "late = missed(due, facts.delivered, now)",
            "late = missed(due, facts.delivered, now) and facts.delivered is None",
        ),
    ),
    Rule(
        "CLM-3.3",
        "For 30 days from the promised date, whenever the goods are received.",
        f"{CLAIMS}::test_a_late_delivery_can_be_claimed_for_thirty_days_after_the_promise_to_the_second",
        Change(OF_CLAIMABLE, "window_end(facts, facts.promised)\n", "window_end(facts, facts.received)\n"),
    ),
    Rule(
        "CLM-3.4",
        "The window's clock counts from the promised date as well, not from when anybody noticed.",
        f"{GUARANTEES}::test_overdue_with_its_facts_and_the_window_to_claim",
        Change(OF_GUARANTEES, 'deadline.due_at, "CLM-3")', 'act.now, "CLM-3")'),
    ),
    Rule(
        "CLM-4.1",
        "One claim an order, ever, whatever became of it.",
        f"{CLAIMS}::test_one_claim_an_order_ever",
        Change(
            OF_CLAIMABLE, 'Condition("NO_CLAIM_YET", not facts.claimed, None)', 'Condition("NO_CLAIM_YET", True, None)'
        ),
    ),
    Rule(
        "CLM-4.2",
        "Whichever promise it was about: no window opens beside it.",
        f"{GUARANTEES}::test_no_window_opens_beside_a_claim",
        Change(OF_GUARANTEES, "    if trade.claim is not None:", "    if trade.dispute is not None:"),
    ),
    Rule(
        "CLM-4.3",
        "A dispute neither helps nor hinders a claim, unless it ends in a full refund.",
        f"{CLAIMS}::test_claims_and_disputes_are_otherwise_independent",
        Change(
            "app/domain/refunds.py",
            "return _close(trade, act) if full else trade",
            "return _close(trade, act) if full or trade.claim else trade",
        ),
    ),
    Rule(
        "CLM-5.1",
        "A claim is worth 10 % of the agreed total (policy).",
        f"{CLAIMS}::test_a_claim_is_worth_what_the_agreed_total_says",
        Change(OF_POLICY, '"claim_rate": "0.10",', '"claim_rate": "0.11",'),
    ),
    Rule(
        "CLM-5.2",
        "Rounded up to a whole US dollar: 300.00 brings 30, 300.01 brings 31.",
        f"{CLAIMS}::test_a_tenth_rounded_up_to_a_dollar_at_most_a_hundred",
        Change(
            OF_CLAIMS, "dollars = -(-Fraction(rate) * total_usd // 100)", "dollars = Fraction(rate) * total_usd // 100"
        ),
    ),
    Rule(
        "CLM-5.3",
        "At most USD 100 (policy).",
        f"{CLAIMS}::test_a_claim_is_worth_what_the_agreed_total_says",
        Change(OF_POLICY, '"claim_cap_usd": 100_00,', '"claim_cap_usd": 101_00,'),
    ),
    Rule(
        "CLM-5.4",
        "The cap is never passed, however large the order.",
        f"{CLAIMS}::test_a_tenth_rounded_up_to_a_dollar_at_most_a_hundred",
        Change(OF_CLAIMS, "return min(int(dollars) * 100, cap)", "return int(dollars) * 100"),
    ),
    Rule(
        "CLM-5.5",
        "Other currencies are converted first.",
        f"{CLAIMS}::test_another_currency_is_converted_first_half_up_to_the_cent",
        Change(
            OF_CLAIMS,
            "total = in_usd(trade.order.total, trade.order.currency, trade.rates)",
            "total = trade.order.total",
        ),
    ),
    Rule(
        "CLM-5.6",
        "The rate is the pinned one, and kept with the claim.",
        f"{CLAIMS}::test_another_currency_is_converted_first_half_up_to_the_cent",
        Change(OF_CLAIMS, "rate=trade.order.usd_rate or Decimal(1),", "rate=Decimal(1),"),
    ),
)

DECIDING = (
    Rule(
        "CLM-6.1",
        "A decision has a reason.",
        f"{CLAIMS}::test_a_decision_needs_a_reason",
        Change(OF_CLAIMS, "if not 0 < len(reason.strip()) <= REASON_LONGEST:", "if len(reason) > REASON_LONGEST:"),
    ),
    Rule(
        "CLM-6.2",
        "A rejection says which it is.",
        f"{CLAIMS}::test_a_rejection_needs_a_code_that_an_operator_may_give",
        Change(
            OF_CLAIMS,
            "if rejection is None or rejection is ClaimRejection.ORDER_REFUNDED:",
            "if rejection is ClaimRejection.ORDER_REFUNDED:",
        ),
    ),
    Rule(
        "CLM-6.3",
        "Only ORDER_REFUNDED cannot be said by hand.",
        f"{CLAIMS}::test_a_rejection_needs_a_code_that_an_operator_may_give",
        Change(
            OF_CLAIMS,
            "if rejection is None or rejection is ClaimRejection.ORDER_REFUNDED:",
            "if rejection is None:",
        ),
    ),
    Rule(
        "CLM-6.4",
        "It is judged by the deadline in force when it was filed.",
        f"{CLAIMS}::test_a_claim_filed_before_the_amendment_is_confirmed_stands",
        Change(
            OF_CLAIMS,
            "claim.guarantee,\n        claim.due_at,",
            "claim.guarantee,\n        order.dispatched_at or claim.due_at,",
        ),
    ),
    Rule(
        "CLM-6.5",
        "It is judged by the facts at the decision.",
        f"{CLAIMS}::test_tracking_that_proves_delivery_in_time_implies_rejection",
        Change(
            OF_CLAIMS,
            "order.dispatched_at if dispatch else claimable.delivered_of(order),",
            "order.dispatched_at if dispatch else None,",
        ),
    ),
    Rule(
        "CLM-6.6",
        "A decision that is taken back revokes its coupon.",
        f"{CLAIMS}::test_a_decision_can_be_taken_back_while_its_coupon_was_not_applied",
        Change(
            "app/domain/coupons.py",
            "replace(coupon, status=CouponStatus.REVOKED)",
            "replace(coupon, status=CouponStatus.AVAILABLE)",
        ),
    ),
    Rule(
        "CLM-6.7",
        "The claim is then under review again.",
        f"{CLAIMS}::test_a_decision_can_be_taken_back_while_its_coupon_was_not_applied",
        Change(
            OF_CLAIMS,
            "claim,\n        status=ClaimStatus.UNDER_REVIEW,",
            "claim,\n        status=ClaimStatus.REJECTED,",
        ),
    ),
    Rule(
        "CLM-6.8",
        "Conclusive cases decide themselves only if policy says so (policy, off).",
        f"{CLAIMS}::test_rejection_says_why_and_issues_nothing",
        Change(OF_POLICY, '"conclusive_claims": False,', '"conclusive_claims": True,'),
    ),
    Rule(
        "CLM-6.9",
        "A delivery that nobody has reported is never conclusive.",
        f"{CLAIMS}::test_conclusive_cases_decide_themselves_where_policy_says_so",
        Change(
            OF_CLAIMABLE,
            "conclusive = done is not None or guarantee is Guarantee.ON_TIME_DISPATCH",
            "conclusive = True",
        ),
    ),
    Rule(
        "CLM-6.10",
        "Nobody but an operator decides.",
        f"{CLAIMS}::test_who_claims_and_who_decides",
        Change(
            OF_LIFE,
            "Step.DECIDE_CLAIM: _everywhere(_PAID, Cell(O, (CLAIM_UNDER_REVIEW,))),",
            "Step.DECIDE_CLAIM: _everywhere(_PAID, Cell(O | S, (CLAIM_UNDER_REVIEW,))),",
        ),
    ),
    Rule(
        "CLM-6.11",
        "A decision stands once its coupon was applied.",
        f"{CLAIMS}::test_a_decision_stands_once_its_coupon_was_applied",
        Change(
            OF_CONDITIONS,
            "in (ClaimStatus.APPROVED, ClaimStatus.REJECTED) and facts.coupon_untouched,",
            "in (ClaimStatus.APPROVED, ClaimStatus.REJECTED),",
        ),
    ),
    Rule(
        "CLM-7.1",
        "A dispatch claim is the seller's to bear.",
        f"{CLAIMS}::test_approval_issues_the_coupon_and_fixes_who_bears_it",
        Change(
            OF_CLAIMABLE,
            "seller = guarantee is Guarantee.ON_TIME_DISPATCH or late",
            "seller = guarantee is not Guarantee.ON_TIME_DISPATCH and late",
        ),
    ),
    Rule(
        "CLM-7.2",
        "A delivery claim is the seller's if the goods left late.",
        f"{CLAIMS}::test_who_bears_a_late_delivery",
        Change(
            OF_CLAIMABLE,
            "seller = guarantee is Guarantee.ON_TIME_DISPATCH or late",
            "seller = guarantee is Guarantee.ON_TIME_DISPATCH",
        ),
    ),
    Rule(
        "CLM-7.3",
        "Else it is the platform's.",
        f"{CLAIMS}::test_who_bears_a_late_delivery",
        Change(OF_CLAIMABLE, "seller = guarantee is Guarantee.ON_TIME_DISPATCH or late", "seller = True"),
    ),
    Rule(
        "CLM-7.4",
        "Not dispatched at all is as good as dispatched late.",
        f"{CLAIMS}::test_a_promise_that_passes_with_nothing_sent_is_the_seller_s_to_bear",
        Change(
            OF_CLAIMABLE,
            "return dispatched is None or overdue is not None or dispatched >= filed",
            "return dispatched is not None and (overdue is not None or dispatched >= filed)",
        ),
    ),
    Rule(
        "CLM-7.5",
        "Goods that left after the filing left late, whatever an amendment has made of the deadline since.",
        f"{CLAIMS}::test_an_amendment_after_the_filing_does_not_move_who_bears_it",
        Change(
            OF_CLAIMABLE,
            "return dispatched is None or overdue is not None or dispatched >= filed",
            "return dispatched is None or overdue is not None",
        ),
    ),
)

WAIVING = (
    Rule(
        "CLM-8.1",
        "Nobody but an operator waives.",
        f"{CLAIMS}::test_who_claims_and_who_decides",
        Change(
            OF_LIFE,
            "Step.WAIVE: {**_everywhere(_PAID, Cell(O, (NOT_WAIVED,))),",
            "Step.WAIVE: {**_everywhere(_PAID, Cell(O | S, (NOT_WAIVED,))),",
        ),
    ),
    Rule(
        "CLM-8.2",
        "What is waived the platform bears, and nothing is recovered from the seller.",
        f"{CLAIMS}::test_a_waiver_before_a_claim",
        Change(
            OF_CLAIMABLE,
            "return Liability.SELLER if seller and not waived else",
            "return Liability.SELLER if seller else",
        ),
    ),
    Rule(
        "CLM-8.3",
        "Waived without compensation, nothing can be claimed.",
        f"{CLAIMS}::test_a_waiver_before_a_claim",
        Change(OF_CLAIMABLE, "waived=waiver is not None and not waiver.compensate,", "waived=False,"),
    ),
    Rule(
        "CLM-8.4",
        "A claim under review is then refused as WAIVED, and nothing else is possible.",
        f"{CLAIMS}::test_a_waiver_during_review",
        Change(
            OF_CLAIMS,
            "if trade.waiver is not None and not trade.waiver.compensate:",
            "if trade.waiver is not None and trade.waiver.compensate:",
        ),
    ),
    Rule(
        "CLM-8.5",
        "After approval a waiver moves who bears the claim.",
        f"{CLAIMS}::test_a_waiver_after_issue_only_moves_who_bears_it",
        Change(
            OF_WAIVERS,
            "replace(claim, liability=Liability.PLATFORM)",
            "replace(claim, liability=Liability.SELLER)",
        ),
    ),
    Rule(
        "CLM-8.6",
        "Its coupon is the platform's to pay from then on.",
        f"{CLAIMS}::test_a_waiver_after_issue_only_moves_who_bears_it",
        Change(
            OF_WAIVERS,
            "replace(coupon, liability=Liability.PLATFORM)",
            "replace(coupon, liability=Liability.SELLER)",
        ),
    ),
    Rule(
        "CLM-8.7",
        "A waiver is taken back only while no claim was decided under it.",
        f"{CLAIMS}::test_a_waiver_is_taken_back_only_while_no_claim_was_decided_under_it",
        Change(
            OF_CONDITIONS,
            "lambda facts: facts.claim in (None, ClaimStatus.UNDER_REVIEW),",
            "lambda facts: facts.claim is not ClaimStatus.REJECTED,",
        ),
    ),
    Rule(
        "CLM-8.8",
        "One waiver stands at a time.",
        f"{CLAIMS}::test_a_waiver_is_taken_back_only_while_no_claim_was_decided_under_it",
        Change(OF_CONDITIONS, "lambda facts: not facts.waived,", "lambda facts: True,"),
    ),
    Rule(
        "CLM-9.1",
        "The check names the instant at which time alone will change the answer.",
        f"{CLAIMS}::test_a_forecast_names_the_second_at_which_the_answer_changes",
        Change(
            OF_CLAIMABLE,
            "        window_end(facts, facts.promised),\n    )",
            "        facts.promised,\n    )",
        ),
    ),
    Rule(
        "CLM-9.2",
        "Goods that nobody confirms are received by time, and the window that begins then is counted.",
        f"{CLAIMS}::test_a_forecast_sees_through_the_automatic_receipt",
        Change(
            OF_CLAIMABLE,
            "facts.received or (facts.auto_receipt and facts.auto_receipt + SECOND)",
            "facts.received",
        ),
    ),
    Rule(
        "CLM-9.3",
        "A waiver that refuses the claim shows as the condition NOT_WAIVED.",
        f"{CLAIMS}::test_each_condition_says_what_fails",
        Change(
            OF_CLAIMABLE,
            'Condition("NOT_WAIVED", not facts.waived, None)',
            'Condition("NO_CLAIM_YET", not facts.waived, None)',
        ),
    ),
    Rule(
        "CLM-9.4",
        "An order that is closed cannot be claimed for.",
        f"{CLAIMS}::test_each_condition_says_what_fails",
        Change(
            OF_CLAIMABLE, 'Condition("ORDER_OPEN", facts.status is not Status.CLOSED,', 'Condition("ORDER_OPEN", True,'
        ),
    ),
)

RULES = (*OPENING, *DECIDING, *WAIVING)
