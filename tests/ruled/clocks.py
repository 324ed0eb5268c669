"""Section 14, clocks, sentence by sentence."""

from tests.ruled.rule import Change, Rule

DAYS, TIME, FUNDS = "tests/domain/test_calendar.py", "tests/domain/test_time.py", "tests/domain/test_funds.py"
OF_CALENDAR, OF_DEADLINES, OF_POLICY = "app/domain/calendar.py", "app/domain/deadlines.py", "app/domain/policy.py"
OF_FULFILMENT, OF_FUNDS = "app/domain/fulfilment.py", "app/domain/funds.py"
DISPUTES, OF_DISPUTES = "tests/domain/test_disputes.py", "app/domain/disputes.py"

RULES = (
    Rule(
        "14.1",
        "A day later is the same wall-clock time on the next date.",
        f"{DAYS}::test_the_same_wall_clock_time_days_later",
        Change(
            OF_CALENDAR,
            "return self._instant(wall.date() + timedelta(days=days), wall.time())",
            "return at + timedelta(days=days)",
        ),
    ),
    Rule(
        "14.2",
        "Where the clocks skip that time, it moves on by the gap; where it comes twice, the first one is meant.",
        f"{DAYS}::test_the_same_wall_clock_time_days_later",
        Change(OF_CALENDAR, "clock.replace(tzinfo=None, fold=0)", "clock.replace(tzinfo=None, fold=1)"),
    ),
    Rule(
        "14.3",
        "The end of a day is 23:59:59.",
        f"{DAYS}::test_a_day_has_the_hours_its_clocks_give_it",
        Change(OF_CALENDAR, "END_OF_DAY = time(23, 59, 59)", "END_OF_DAY = time(23, 59, 58)"),
    ),
    Rule(
        "14.4",
        "Something at t is in time when t < dueAt + 1 s.",
        f"{DAYS}::test_the_last_good_second_is_good_to_its_end",
        Change(OF_CALENDAR, "return at < due_at + SECOND", "return at <= due_at + SECOND"),
    ),
    Rule(
        "14.5",
        "A fraction of a second in a computed deadline is dropped.",
        f"{DAYS}::test_a_fraction_of_a_second_is_dropped",
        Change(OF_CALENDAR, "return at.replace(microsecond=0)", "return at"),
    ),
    Rule(
        "14.6",
        "The zone is that of the policy pinned to the order.",
        f"{TIME}::test_the_policys_zone_decides_the_day",
        Change(OF_POLICY, "return Calendar(self.zone)", 'return Calendar("America/Los_Angeles")'),
    ),
    Rule(
        "14.7",
        "With full payment the DISPATCH clock starts when all the money is complete.",
        f"{TIME}::test_days_after_full_payment_wait_for_all_of_it",
        Change(
            "app/domain/steps.py", "DispatchTerm.DAYS_AFTER_FULL_PAYMENT else", "DispatchTerm.DAYS_AFTER_DEPOSIT else"
        ),
    ),
    Rule(
        "14.8",
        "AUTO_RECEIPT is due at the same wall-clock time so many days later, in a whole second.",
        f"{TIME}::test_automatic_receipt_over_odd_nights",
        Change(
            OF_DEADLINES,
            "due = last_good_second(trade.policy.calendar.plus_days(start, days))",
            "due = trade.policy.calendar.plus_days(start, days)",
        ),
    ),
    Rule(
        "14.9",
        "A date or instant that is over when the money comes gives the end of the day after that.",
        f"{TIME}::test_a_fixed_date_ends_with_its_day",
        Change(
            OF_DEADLINES,
            "calendar.date_of(calendar.plus_days(start, 1))",
            "calendar.date_of(calendar.plus_days(start, 2))",
        ),
    ),
    Rule(
        "14.10",
        "The DISPATCH clock is met when everything is dispatched.",
        f"{TIME}::test_dispatch_on_both_sides_of_the_deadline",
        Change(
            OF_FULFILMENT, "DeadlineKind.DISPATCH, DeadlineStatus.MET)", "DeadlineKind.DISPATCH, DeadlineStatus.VOID)"
        ),
    ),
    Rule(
        "14.11",
        "AUTO_RECEIPT is void on receipt.",
        f"{TIME}::test_receipt_by_the_buyer_ends_the_clock",
        Change(
            OF_FULFILMENT,
            "trade = deadlines.end(trade, act, DeadlineKind.AUTO_RECEIPT, DeadlineStatus.VOID)",
            "trade = trade.change()",
        ),
    ),
    Rule(
        "14.12",
        "A deadline is announced 24 hours before (policy).",
        f"{TIME}::test_a_deadline_announces_itself",
        Change(OF_POLICY, '"approach_hours": 24,', '"approach_hours": 25,'),
    ),
    Rule(
        "14.13",
        "It is not announced when less than that is left.",
        f"{TIME}::test_no_announcement_with_less_than_a_day_left",
        Change(OF_DEADLINES, "if approach < act.now:", "if due_at < act.now:"),
    ),
    Rule(
        "14.14",
        "It is announced when exactly that is left.",
        f"{TIME}::test_no_announcement_with_less_than_a_day_left",
        Change(OF_DEADLINES, "if approach < act.now:", "if approach <= act.now:"),
    ),
    Rule(
        "14.15",
        "An announcement ends with its deadline.",
        f"{TIME}::test_a_deadline_that_was_met_is_not_announced",
        Change(
            OF_DEADLINES,
            "kind, about), trade.deadline(DeadlineKind.APPROACH, str(kind))):",
            "kind, about),):",
        ),
    ),
    Rule(
        "14.16",
        "TRANSFER_WAITING is void when the transfer is associated.",
        f"{TIME}::test_an_associated_transfer_waits_no_more",
        Change(
            OF_FUNDS,
            "TRANSFER_WAITING, DeadlineStatus.VOID, str(receipt.id))\n    facts =",
            "TRANSFER_WAITING, DeadlineStatus.VOID, str(trade.order.id))\n    facts =",
        ),
    ),
    Rule(
        "14.17",
        "TRANSFER_WAITING is void when the transfer is refunded.",
        f"{TIME}::test_a_refunded_transfer_waits_no_more",
        Change(OF_FUNDS, "    if not returned.unassociated:", "    if returned.unassociated:"),
    ),
    Rule(
        "14.18",
        "A transfer that came early waits from the confirmation of its order on.",
        f"{TIME}::test_a_transfer_from_before_confirmation_waits_from_confirmation_on",
        Change(OF_FUNDS, "trade = _await_association(deadlines", "_ = (deadlines"),
    ),
    Rule(
        "14.19",
        "No money, no DISPATCH clock, and so never overdue.",
        f"{TIME}::test_an_incomplete_deposit_starts_no_clock",
        Change(OF_FUNDS, " or not money_for_dispatch(order.dispatch_term, trade.instalments):", ":"),
    ),
    Rule(
        "14.20",
        "What has run out is settled in the order of its deadlines.",
        f"{TIME}::test_what_has_run_out_is_settled_in_the_order_of_its_deadlines",
        Change(OF_DEADLINES, "first = min(due, key=", "first = max(due, key="),
    ),
    Rule(
        "14.21",
        "Events raised late keep the true instant.",
        f"{TIME}::test_overdue_found_late_keeps_the_true_instant",
        Change(
            OF_DEADLINES,
            "time = Act(By.TIME, first.due_at + SECOND, act.mint)",
            "time = Act(By.TIME, act.now, act.mint)",
        ),
    ),
    Rule(
        "14.22",
        "`detectedAt` tells when it was noticed.",
        f"{TIME}::test_overdue_found_late_keeps_the_true_instant",
        Change(OF_DEADLINES, '"detected_at": act.now}', '"detected_at": time.now}'),
    ),
    Rule(
        "14.23",
        "Business days are Monday to Friday.",
        "tests/domain/test_freight.py::test_business_days",
        Change(OF_CALENDAR, "return later if days else day", "return day + timedelta(days=days)"),
    ),
    Rule(
        "14.24",
        "AUTO_RECEIPT waits while a dispute is open.",
        f"{DISPUTES}::test_the_automatic_receipt_waits_while_disputed",
        Change(
            OF_DISPUTES,
            "EventKind.DISPUTE_OPENED, act, facts=facts), act)\n"
            "    return deadlines.pause(trade, act, DeadlineKind.AUTO_RECEIPT)",
            "EventKind.DISPUTE_OPENED, act, facts=facts), act)\n    return trade",
        ),
    ),
    Rule(
        "14.25",
        "Then it runs on with what was left.",
        f"{DISPUTES}::test_the_automatic_receipt_waits_while_disputed",
        Change(
            OF_DEADLINES,
            "due_at = last_good_second(act.now) + timedelta(seconds=row.seconds_left or 0)",
            "due_at = row.due_at",
        ),
    ),
    Rule(
        "14.26",
        "What is dispatched while a dispute is open waits from its first second.",
        f"{DISPUTES}::test_dispatched_in_full_under_a_dispute",
        Change(OF_FULFILMENT, "    if trade.dispute is not None:", "    if trade.dispute is None:"),
    ),
    Rule(
        "14.27",
        "DISPUTE_SILENCE is void when nobody's word is awaited any more.",
        f"{DISPUTES}::test_nobody_is_awaited_once_it_ends",
        Change(
            OF_DISPUTES,
            "trade = deadlines.end(trade, act, _SILENCE, DeadlineStatus.VOID)",
            "trade = deadlines.end(trade, act, _SILENCE, DeadlineStatus.MET)",
        ),
    ),
    Rule(
        "14.28",
        "A window to claim is void when a claim is filed.",
        "tests/domain/test_claims.py::test_filing_ends_both_windows",
        Change(
            "app/domain/claims.py",
            "trade = deadlines.end(trade, act, kind, DeadlineStatus.VOID)",
            "trade = trade.change()",
        ),
    ),
    Rule(
        "14.29",
        "A coupon that is reserved or used neither is warned of nor expires.",
        "tests/domain/test_coupons.py::test_one_that_is_not_available_neither_warns_nor_expires",
        Change(
            "app/domain/coupons.py",
            "if issued.coupon.status is CouponStatus.AVAILABLE:",
            "if issued.coupon.status is not CouponStatus.EXPIRED:",
        ),
    ),
    Rule(
        "14.30",
        "EXIT_ALLOWED and REJOIN_ALLOWED name the first good second, and are announced at it.",
        "tests/domain/test_enrolment.py::test_what_becomes_possible_is_announced_once",
        Change(
            "app/domain/enrolment.py",
            "is not DeadlineStatus.RUNNING or act.now < clock.due_at:",
            "is not DeadlineStatus.RUNNING or act.now <= clock.due_at:",
        ),
    ),
    Rule(
        "14.31",
        "DELIVERY is void when the order closes.",
        "tests/domain/test_guarantees.py::test_closing_ends_the_promise",
        Change(
            OF_DEADLINES,
            "(DeadlineStatus.RUNNING, DeadlineStatus.WAITING) and row.kind not in _OUTLIVES",
            "(DeadlineStatus.RUNNING, DeadlineStatus.WAITING) and row.kind is not DeadlineKind.DELIVERY",
        ),
    ),
)
