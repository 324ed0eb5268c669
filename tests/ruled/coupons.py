"""Section 10, coupons and recovery (COU), and what a coupon does to an order's money and to its days (PAY, ORD)."""

from tests.ruled.rule import Change, Rule

COUPONS, REMEDIES, RECOVERIES = (
    "tests/domain/test_coupons.py",
    "tests/domain/test_remedies.py",
    "tests/domain/test_recoveries.py",
)
OF_COUPONS, OF_RECOVERIES, OF_ORDERS = "app/domain/coupons.py", "app/domain/recoveries.py", "app/domain/orders.py"
OF_REFUNDS, OF_FUNDS, OF_POLICY = "app/domain/refunds.py", "app/domain/funds.py", "app/domain/policy.py"

GOOD = (
    Rule(
        "COU-1.1",
        "A coupon is for orders in USD.",
        f"{COUPONS}::test_it_is_for_orders_in_dollars",
        Change(OF_COUPONS, "if coupon.currency != currency:", "if not currency:"),
    ),
    Rule(
        "COU-1.2",
        "It is good for one order.",
        f"{COUPONS}::test_it_is_good_for_one_order",
        Change(
            OF_COUPONS,
            'if coupon.status is not CouponStatus.AVAILABLE:\n        message = "This coupon is applied',
            'if coupon.status is CouponStatus.REVOKED:\n        message = "This coupon is applied',
        ),
    ),
    Rule(
        "COU-1.3",
        "It takes off at most the agreed total; the rest is forfeited.",
        f"{COUPONS}::test_larger_than_the_order_it_pays_all_of_it_and_the_rest_is_forfeited",
        Change(OF_COUPONS, "return min(coupon.amount, total)", "return coupon.amount"),
    ),
    Rule(
        "COU-1.4",
        "It is valid for 90 days (policy).",
        f"{COUPONS}::test_it_is_good_until_the_end_of_day_90_to_the_second",
        Change(OF_POLICY, '"coupon_days": 90,', '"coupon_days": 91,'),
    ),
    Rule(
        "COU-1.5",
        "To the end of that date.",
        f"{COUPONS}::test_it_is_good_until_the_end_of_day_90_to_the_second",
        Change(
            OF_COUPONS,
            "return calendar.end_of(calendar.date_of(issued_at)",
            "return calendar.start_of(calendar.date_of(issued_at)",
        ),
    ),
    Rule(
        "COU-1.6",
        "Within its last second it is applied in time.",
        f"{COUPONS}::test_it_is_good_until_the_end_of_day_90_to_the_second",
        Change(
            OF_COUPONS,
            "is CouponStatus.AVAILABLE and not in_time(now, coupon.expires_at)",
            "is CouponStatus.AVAILABLE and now > coupon.expires_at",
        ),
    ),
    Rule(
        "COU-1.7",
        "From its reservation on it is RESERVED.",
        f"{COUPONS}::test_it_is_good_until_the_end_of_day_90_to_the_second",
        Change(
            OF_COUPONS,
            "replace(coupon, status=CouponStatus.RESERVED,",
            "replace(coupon, status=CouponStatus.USED,",
        ),
    ),
    Rule(
        "COU-2.1",
        "The store's coupon lowers the agreed total, the platform's only what is payable.",
        f"{COUPONS}::test_it_stacks_with_the_store_coupon",
        Change(
            OF_COUPONS,
            "trade = trade.change(coupon_id=coupon.id, coupon=offset)",
            "trade = trade.change(coupon_id=coupon.id, coupon=offset, total=trade.order.total - offset)",
        ),
    ),
    Rule(
        "COU-2.2",
        "Expiry is announced 7 days before (policy).",
        f"{COUPONS}::test_it_is_warned_of_and_expires_by_clocks_of_its_own",
        Change(OF_POLICY, '"coupon_expiring_days": 7,', '"coupon_expiring_days": 8,'),
    ),
    Rule(
        "COU-2.3",
        "Then it is EXPIRED.",
        f"{COUPONS}::test_it_is_warned_of_and_expires_by_clocks_of_its_own",
        Change(
            OF_COUPONS,
            "coupon, kind = replace(coupon, status=CouponStatus.EXPIRED), EventKind.COUPON_EXPIRED",
            "coupon, kind = coupon, EventKind.COUPON_EXPIRED",
        ),
    ),
    Rule(
        "COU-3.1",
        "The order that comes second is told COUPON_NOT_AVAILABLE.",
        f"{COUPONS}::test_it_is_good_for_one_order",
        Change(
            OF_COUPONS,
            "Refusal(ErrorCode.COUPON_NOT_AVAILABLE, message, field, {",
            "Refusal(ErrorCode.COUPON_EXPIRED, message, field, {",
        ),
    ),
)

OWED = (
    Rule(
        "COU-4.1",
        "When a coupon at a seller's expense is used, that seller owes it.",
        f"{REMEDIES}::test_a_recovery_is_owed_when_the_coupon_is_used",
        Change(
            OF_RECOVERIES,
            "if coupon is not None and target > owed:",
            "if coupon is not None and target < owed:",
        ),
    ),
    Rule(
        "COU-4.2",
        "No more is owed than was used.",
        f"{RECOVERIES}::test_only_what_was_used_is_owed",
        Change(OF_RECOVERIES, "target = coupon.used if", "target = coupon.amount if"),
    ),
    Rule(
        "COU-4.3",
        "More used is owed in addition.",
        f"{RECOVERIES}::test_a_further_share_is_owed_in_addition",
        Change(OF_RECOVERIES, "if again or target < owed:", "if again or target > owed:"),
    ),
    Rule(
        "COU-4.4",
        "Less used reverses what stood and owes the rest anew.",
        f"{RECOVERIES}::test_a_share_taken_back_reverses_what_stood",
        Change(OF_RECOVERIES, "if again or target < owed:", "if again:"),
    ),
    Rule(
        "COU-4.5",
        "What the platform bears costs nobody else.",
        f"{REMEDIES}::test_a_platform_liable_coupon_stays_in_subsidy",
        Change(
            OF_RECOVERIES,
            "coupon is not None and coupon.liability is Liability.SELLER else 0",
            "coupon is not None else 0",
        ),
    ),
    Rule(
        "COU-4.6",
        "It is collected from the balance at once.",
        f"{REMEDIES}::test_a_recovery_is_collected_from_the_balance_in_part_and_in_full",
        Change(OF_RECOVERIES, "return collect(trade, act, CURRENCY, balance(trade, CURRENCY))", "return trade"),
    ),
    Rule(
        "COU-4.7",
        "At most what is there.",
        f"{REMEDIES}::test_a_recovery_is_collected_from_the_balance_in_part_and_in_full",
        Change(OF_RECOVERIES, "part = min(most, recovery.owed) if", "part = recovery.owed if"),
    ),
    Rule(
        "COU-4.8",
        "Partly collected is PARTLY_COLLECTED, all of it COLLECTED.",
        f"{REMEDIES}::test_a_recovery_is_collected_from_the_balance_in_part_and_in_full",
        Change(
            OF_RECOVERIES,
            "status=RecoveryStatus.COLLECTED if whole else RecoveryStatus.PARTLY_COLLECTED,",
            "status=RecoveryStatus.COLLECTED if collected else RecoveryStatus.PARTLY_COLLECTED,",
        ),
    ),
    Rule(
        "COU-4.9",
        "And from the next releases, after their fee.",
        f"{REMEDIES}::test_the_next_release_is_collected_from_after_its_fee",
        Change(OF_FUNDS, "    left = due - charged\n", "    left = 0\n"),
    ),
    Rule(
        "COU-4.10",
        "In USD from USD.",
        f"{REMEDIES}::test_what_is_owed_in_one_currency_is_not_taken_from_another",
        Change(
            OF_RECOVERIES,
            "part = min(most, recovery.owed) if recovery.currency == currency else 0",
            "part = min(most, recovery.owed)",
        ),
    ),
    Rule(
        "COU-4.11",
        "What unused coupons may still cost a seller leaves out those whose time is over, swept or not.",
        "tests/domain/test_exposure.py::test_its_time_is_over_before_a_sweep_has_come_by",
        Change(
            "app/domain/exposure.py",
            "bundle.status is CouponStatus.AVAILABLE and in_time(now, bundle.expires_at):",
            "bundle.status is CouponStatus.AVAILABLE:",
        ),
    ),
    Rule(
        "COU-4.12",
        "What is applied to an order already stands apart from them.",
        "tests/domain/test_exposure.py::test_unused_coupons_add_up_by_the_day_they_end",
        Change(
            "app/domain/exposure.py",
            "        if bundle.status is CouponStatus.RESERVED:",
            "        if bundle.status is CouponStatus.USED:",
        ),
    ),
    Rule(
        "COU-5.1",
        "What was collected names the order it came from.",
        f"{RECOVERIES}::test_the_seller_is_told_from_where_and_never_where_it_was_used",
        Change(
            OF_RECOVERIES,
            "Collection(act.mint.id(), recovery.id, trade.order.id, part,",
            "Collection(act.mint.id(), recovery.id, None, part,",
        ),
    ),
    Rule(
        "COU-5.2",
        "Where the coupon was used the late seller is not told.",
        f"{RECOVERIES}::test_the_seller_is_told_from_where_and_never_where_it_was_used",
        Change(
            OF_RECOVERIES,
            '"cause": str(recovery.cause),\n    }',
            '"cause": str(recovery.cause), "used": str(trade.issued_coupon),\n    }',
        ),
    ),
)

PAYING = (
    Rule(
        "PAY-4.1",
        "The platform pays the coupon's value when the buyer's money completes the instalment, at the same moment.",
        f"{REMEDIES}::test_an_online_receipt_arrives_in_two_entries_at_once",
        Change(OF_COUPONS, "Move(SUBSIDY, escrow, share,", "Move(SUBSIDY, escrow, 0 * share,"),
    ),
    Rule(
        "PAY-4.2",
        "For a transfer at its association, not when it lands.",
        f"{REMEDIES}::test_a_transfer_brings_both_entries_when_it_is_associated",
        Change(OF_FUNDS, "    if usable and transfer:", "    if transfer and not usable:"),
    ),
    Rule(
        "PAY-4.3",
        "A late seller who bears it is not named: the payer is PLATFORM_FOR_LATE_SELLER.",
        f"{REMEDIES}::test_an_online_receipt_arrives_in_two_entries_at_once",
        Change(
            OF_COUPONS,
            'return "PLATFORM" if coupon.liability is Liability.PLATFORM else "PLATFORM_FOR_LATE_SELLER"',
            'return "PLATFORM"',
        ),
    ),
    Rule(
        "PAY-4.4",
        "What the platform bears itself it pays as PLATFORM.",
        f"{REMEDIES}::test_the_platform_pays_under_its_own_name_what_it_bears_itself",
        Change(
            OF_COUPONS,
            'return "PLATFORM" if coupon.liability is Liability.PLATFORM else "PLATFORM_FOR_LATE_SELLER"',
            'return "PLATFORM_FOR_LATE_SELLER"',
        ),
    ),
    Rule(
        "PAY-5.1",
        "A coupon is taken off the first instalment, and off the next what that one has left of it.",
        f"{COUPONS}::test_larger_than_the_first_instalment_it_pays_that_and_some_of_the_next",
        Change(OF_COUPONS, "        left -= parts[-1]", "        left = 0"),
    ),
    Rule(
        "PAY-5.2",
        "An instalment of which nothing is payable is complete at confirmation.",
        f"{COUPONS}::test_larger_than_the_first_instalment_it_pays_that_and_some_of_the_next",
        Change(
            OF_ORDERS,
            "return funds.count_held(funds.count(trade, act, 0), act)",
            "return funds.count_held(trade, act)",
        ),
    ),
    Rule(
        "PAY-5.3",
        "With the first share that the platform pays the coupon is USED.",
        f"{COUPONS}::test_larger_than_the_first_instalment_it_pays_that_and_some_of_the_next",
        Change(
            OF_COUPONS,
            "used = replace(coupon, status=CouponStatus.USED,",
            "used = replace(coupon, status=CouponStatus.RESERVED,",
        ),
    ),
    Rule(
        "PAY-6.13",
        "An instalment's share of the coupon waits until it is complete.",
        f"{REMEDIES}::test_an_underpaid_instalment_waits_for_its_share",
        Change(
            OF_FUNDS,
            "if filled.missing == 0 and filled.completed_at is None:",
            "if part and filled.completed_at is None:",
        ),
    ),
    Rule(
        "PAY-7.10",
        "With an undone association goes the coupon's share that came with it.",
        f"{COUPONS}::test_an_undone_association_takes_the_coupon_s_share_back",
        Change(
            OF_FUNDS, "        if instalment.completed_at is not None:", "        if instalment.completed_at is None:"
        ),
    ),
    Rule(
        "PAY-7.11",
        "What counted and was refunded in part stays associated.",
        "tests/domain/test_disputes.py::test_what_was_refunded_in_part_stays_associated",
        Change("app/domain/conditions.py", "lambda facts: not facts.refunded,", "lambda facts: True,"),
    ),
    Rule(
        "PAY-9.1",
        "A full refund takes the coupon's value back as well.",
        f"{REMEDIES}::test_a_full_refund_before_release",
        Change(
            OF_REFUNDS,
            "coupon = trade.order.coupon_posted - trade.order.coupon_returned if full else 0",
            "coupon = 0",
        ),
    ),
    Rule(
        "PAY-9.2",
        "The coupon is then the buyer's again if its time still runs.",
        f"{COUPONS}::test_given_back_after_its_time_it_is_expired_at_once",
        Change(
            OF_COUPONS,
            "status=CouponStatus.AVAILABLE if alive else CouponStatus.EXPIRED,",
            "status=CouponStatus.EXPIRED,",
        ),
    ),
    Rule(
        "PAY-9.3",
        "Else it is EXPIRED at once.",
        f"{COUPONS}::test_given_back_after_its_time_it_is_expired_at_once",
        Change(
            OF_COUPONS,
            "status=CouponStatus.AVAILABLE if alive else CouponStatus.EXPIRED,",
            "status=CouponStatus.AVAILABLE,",
        ),
    ),
    Rule(
        "PAY-9.4",
        "What the late seller owed for that use is reversed.",
        f"{REMEDIES}::test_a_recovery_is_reversed_or_waived_whatever_was_collected",
        Change(OF_RECOVERIES, "if again or target < owed:", "if target < 0:"),
    ),
    Rule(
        "PAY-9.5",
        "Another use makes another debt.",
        f"{REMEDIES}::test_a_later_use_makes_a_new_recovery",
        Change(OF_RECOVERIES, "if again or target < owed:", "if target < owed:"),
    ),
    Rule(
        "PAY-9.6",
        "A partial refund leaves the coupon alone.",
        f"{REMEDIES}::test_a_partial_refund_before_and_after_release",
        Change(
            OF_REFUNDS,
            "coupon = trade.order.coupon_posted - trade.order.coupon_returned if full else 0",
            "coupon = trade.order.coupon_posted - trade.order.coupon_returned",
        ),
    ),
    Rule(
        "PAY-9.7",
        "Where a coupon paid for everything, a full refund returns the coupon and no money.",
        f"{COUPONS}::test_an_order_paid_by_its_coupon_alone_can_be_refunded",
        Change(
            "app/domain/steps.py",
            " or (order.received == 0 and order.coupon_posted > order.coupon_returned)",
            "",
        ),
    ),
)

DAYS = (
    Rule(
        "ORD-10.18",
        "Of an amended total the coupon takes off another part.",
        f"{COUPONS}::test_an_amended_total_takes_another_part_of_it",
        Change(OF_ORDERS, "coupons.offset_of(trade.applied_coupon, trade.order.total)", "trade.order.coupon"),
    ),
    Rule(
        "ORD-10.19",
        "Terms that first bring a discount start its days.",
        f"{COUPONS}::test_an_amendment_that_brings_a_discount_starts_the_days_and_one_without_ends_them",
        Change(OF_ORDERS, "return trade if clock else _unpaid_discount(trade, act)", "return trade"),
    ),
    Rule(
        "ORD-10.20",
        "Terms without a discount end them.",
        f"{COUPONS}::test_an_amendment_that_brings_a_discount_starts_the_days_and_one_without_ends_them",
        Change(
            OF_ORDERS,
            "return deadlines.end(trade, act, DeadlineKind.UNPAID_DISCOUNT, DeadlineStatus.VOID)",
            "return trade",
        ),
    ),
    Rule(
        "ORD-11.6",
        "A discounted order whose first instalment is not complete 7 days after confirmation is cancelled (policy).",
        f"{COUPONS}::test_seven_days_to_pay_to_the_second",
        Change(OF_POLICY, '"discount_unpaid_days": 7,', '"discount_unpaid_days": 8,'),
    ),
    Rule(
        "ORD-11.7",
        "Its coupon is given back.",
        f"{COUPONS}::test_seven_days_to_pay_to_the_second",
        Change(
            OF_COUPONS,
            "    if coupon is None or coupon.reserved_order_id != trade.order.id:",
            '    if coupon is None or trade.order.close_reason == "UNPAID":',
        ),
    ),
    Rule(
        "ORD-11.8",
        "An order without a discount waits.",
        f"{COUPONS}::test_only_a_discounted_order_has_days_to_pay",
        Change(
            OF_ORDERS,
            "if not (order.store_coupon or order.coupon):\n        return trade\n",
            "if order.status is Status.DRAFT:\n        return trade\n",
        ),
    ),
    Rule(
        "ORD-11.9",
        "What had counted of the instalment goes back.",
        f"{COUPONS}::test_what_counted_of_an_instalment_goes_back",
        Change(
            OF_ORDERS,
            "trade = funds.return_counted(_end_dispute(trade, act), act, deadline.id)",
            "trade = _end_dispute(trade, act)",
        ),
    ),
    Rule(
        "ORD-11.10",
        "A dispute about it ends with that.",
        f"{COUPONS}::test_a_dispute_about_a_part_ends_with_the_cancellation",
        Change(
            OF_ORDERS,
            "trade = funds.return_counted(_end_dispute(trade, act), act, deadline.id)",
            "trade = funds.return_counted(trade, act, deadline.id)",
        ),
    ),
    Rule(
        "ORD-11.11",
        "A transfer that landed and waits to be associated stops the clock.",
        f"{COUPONS}::test_the_clock_waits_while_a_transfer_is_not_associated",
        Change(
            OF_FUNDS,
            "    trade = deadlines.pause(trade, act, DeadlineKind.UNPAID_DISCOUNT)\n",
            "    trade = trade.change()\n",
        ),
    ),
    Rule(
        "ORD-11.12",
        "It runs on once none waits any more.",
        f"{COUPONS}::test_it_waits_until_the_last_of_them_is_associated",
        Change(
            OF_FUNDS,
            "if any(associable(trade, receipt) for receipt in trade.receipts):",
            "if not trade.receipts:",
        ),
    ),
    Rule(
        "ORD-11.13",
        "It waits again when an association is undone.",
        f"{COUPONS}::test_it_waits_again_when_an_association_is_undone",
        Change(
            OF_FUNDS,
            "return _await_association(deadlines.pause(trade, act, DeadlineKind.UNPAID_DISCOUNT), act, back)",
            "return _await_association(trade, act, back)",
        ),
    ),
)

RULES = (*GOOD, *OWED, *PAYING, *DAYS)
