"""Section 6, from dispatch to receipt (SHP), sentence by sentence."""

from tests.ruled.rule import Change, Rule

GOODS, TIME, DAYS = "tests/domain/test_fulfilment.py", "tests/domain/test_time.py", "tests/domain/test_calendar.py"
LIFE, MILESTONES = "tests/domain/test_lifecycle.py", "tests/domain/test_milestones.py"
OF_FULFILMENT, OF_DEADLINES, OF_POLICY = "app/domain/fulfilment.py", "app/domain/deadlines.py", "app/domain/policy.py"
OF_LIFE, OF_REVIEWS, OF_CALENDAR = "app/domain/lifecycle.py", "app/domain/reviews.py", "app/domain/calendar.py"
OF_CONDITIONS, OF_TRACKING = "app/domain/conditions.py", "app/domain/tracking.py"
OF_MILESTONES = "app/domain/milestones.py"

RULES = (
    Rule(
        "SHP-1.1",
        "T = 2021-03-20 00:00:00 PDT and N = 7 days mean 2021-03-26 23:59:59.",
        f"{DAYS}::test_the_worked_example_in_utc",
        Change(OF_CALENDAR, "self.plus_days(start, days) - SECOND)", "self.plus_days(start, days))"),
    ),
    Rule(
        "SHP-2.1",
        "All shipments together cannot carry more of a line than was ordered.",
        f"{GOODS}::test_shipments_carry_what_was_ordered_and_no_more",
        Change(OF_FULFILMENT, "if not (is_quantity(quantity) and quantity <= most):", "if not is_quantity(quantity):"),
    ),
    Rule(
        "SHP-2.2",
        "An order has at most 200 shipments.",
        f"{GOODS}::test_the_last_shipment_takes_what_is_left",
        Change(OF_FULFILMENT, "SHIPMENTS_MOST = 200", "SHIPMENTS_MOST = 201"),
    ),
    Rule(
        "SHP-2.3",
        "The last of them takes all that is left.",
        f"{GOODS}::test_the_last_shipment_takes_what_is_left",
        Change(OF_FULFILMENT, "if not whole and len(trade.shipments) >=", "if len(trade.shipments) >="),
    ),
    Rule(
        "SHP-2.4",
        "The same report twice is one.",
        f"{GOODS}::test_a_repeated_report_changes_nothing_at_all",
        Change(
            OF_FULFILMENT,
            "if (shipment_id, report.source, report.source_reference) in known:",
            "if (shipment_id, report.source, report.occurred_at) in known:",
        ),
    ),
    Rule(
        "SHP-2.5",
        "Reports about a closed order are kept and change nothing.",
        f"{GOODS}::test_reports_about_a_closed_order_change_nothing",
        Change(OF_FULFILMENT, "if trade.order.status is Status.CLOSED:", "if trade.order.status is Status.DRAFT:"),
    ),
    Rule(
        "SHP-2.6",
        "The order is delivered only when nothing is left to dispatch.",
        f"{GOODS}::test_not_delivered_while_something_is_left",
        Change(OF_FULFILMENT, "whole = trade.order.dispatched_at is not None and ", "whole = "),
    ),
    Rule(
        "SHP-2.7",
        "It is delivered only when each shipment's tracking says so.",
        f"{GOODS}::test_not_delivered_while_something_is_left",
        Change(OF_FULFILMENT, "and len(known) == len(instants)", "and len(known) > 0"),
    ),
    Rule(
        "SHP-2.8",
        "The latest of the reported times is its instant.",
        f"{GOODS}::test_reports_come_in_any_order_and_repeats_count_once",
        Change(OF_FULFILMENT, "at = max(known)", "at = min(known)"),
    ),
    Rule(
        "SHP-2.9",
        "Of several reports that one shipment was delivered the earliest counts.",
        f"{GOODS}::test_the_earliest_delivery_counts",
        Change(OF_TRACKING, "delivered_at=min(delivered,", "delivered_at=max(delivered,"),
    ),
    Rule(
        "SHP-2.10",
        "Of several customs clearances the latest counts.",
        f"{GOODS}::test_customs_cleared_more_than_once",
        Change(OF_TRACKING, "customs_cleared_at=max(cleared,", "customs_cleared_at=min(cleared,"),
    ),
    Rule(
        "SHP-2.11",
        "What is reported happened between dispatch and now.",
        f"{GOODS}::test_a_report_is_of_the_time_under_way",
        Change(OF_FULFILMENT, "<= report.occurred_at <= act.now:", "<= report.occurred_at:"),
    ),
    Rule(
        "SHP-2.12",
        "A shipment that was delivered is not corrected by its seller.",
        f"{GOODS}::test_a_delivered_shipment_is_not_corrected_beside_one_under_way",
        Change(
            OF_FULFILMENT,
            "if before.delivered_at and act.by is not By.OPERATOR:",
            "if before.delivered_at and act.by is By.OPERATOR:",
        ),
    ),
    Rule(
        "SHP-3.1",
        "Overdue is raised when the deadline is over, not before.",
        f"{TIME}::test_overdue_to_the_second",
        Change(OF_CALENDAR, "return at < due_at + SECOND", "return at < due_at"),
    ),
    Rule(
        "SHP-3.2",
        "It is raised only when the money it waited for is in.",
        f"{TIME}::test_an_incomplete_deposit_starts_no_clock",
        Change(
            "app/domain/steps.py",
            "all(instalment.missing == 0 for instalment in named)",
            "all(instalment.received for instalment in named)",
        ),
    ),
    Rule(
        "SHP-3.3",
        "It is raised only when something is still to be dispatched.",
        f"{TIME}::test_dispatch_on_both_sides_of_the_deadline",
        Change(
            OF_FULFILMENT,
            "trade = deadlines.end(trade, act, DeadlineKind.DISPATCH, DeadlineStatus.MET)",
            "trade = trade.change()",
        ),
    ),
    Rule(
        "SHP-3.4",
        "A partial dispatch in time does not prevent it.",
        f"{TIME}::test_a_partial_dispatch_does_not_prevent_overdue",
        Change(
            OF_LIFE,
            "Step.RAISE_OVERDUE: _everywhere((State.DISPATCH, State.PARTLY), Cell(T)),",
            "Step.RAISE_OVERDUE: _everywhere((State.DISPATCH,), Cell(T)),",
        ),
    ),
    Rule(
        "SHP-3.5",
        "It comes with the facts that justify it.",
        f"{TIME}::test_overdue_found_late_keeps_the_true_instant",
        Change(OF_FULFILMENT, '"linesLeft": str(len(left)),', ""),
    ),
    Rule(
        "SHP-3.6",
        "Dispatching late does not take it away.",
        f"{TIME}::test_dispatch_on_both_sides_of_the_deadline",
        Change(
            OF_FULFILMENT,
            "trade = trade.change(dispatched_at=act.now)",
            "trade = trade.change(dispatched_at=act.now, overdue_at=None)",
        ),
    ),
    Rule(
        "SHP-3.7",
        "The order then reads dispatched late.",
        f"{TIME}::test_dispatch_on_both_sides_of_the_deadline",
        Change(OF_FULFILMENT, '"late": "yes" if trade.order.overdue_at else "no",', '"late": "no",'),
    ),
    Rule(
        "SHP-3.8",
        "Only an amendment of the dispatch term may clear it.",
        f"{TIME}::test_terms_that_do_not_concern_dispatch_move_no_deadline",
        Change(
            "app/domain/amendments.py", "    if _term(before.order) == _term(trade.order):", "    if before is trade:"
        ),
    ),
    Rule(
        "SHP-5.1",
        "By AIR and by EXPRESS a silent buyer has received the goods after 15 days (policy).",
        f"{TIME}::test_automatic_receipt_by_mode",
        Change(OF_POLICY, '"AIR": 15, "EXPRESS": 15,', '"AIR": 15, "EXPRESS": 16,'),
    ),
    Rule(
        "SHP-5.2",
        "By LAND after 30 days (policy).",
        f"{TIME}::test_automatic_receipt_by_mode",
        Change(OF_POLICY, '"LAND": 30,', '"LAND": 31,'),
    ),
    Rule(
        "SHP-5.3",
        "By SEA and MULTIMODAL after 45 days (policy).",
        f"{TIME}::test_automatic_receipt_by_mode",
        Change(OF_POLICY, '"SEA": 45, "MULTIMODAL": 45', '"SEA": 45, "MULTIMODAL": 44'),
    ),
    Rule(
        "SHP-5.4",
        "They are counted from the last dispatch.",
        f"{TIME}::test_the_longest_mode_counts_from_the_last_dispatch",
        Change(
            OF_FULFILMENT,
            "deadlines.auto_receipt_due(trade, act.now)",
            "deadlines.auto_receipt_due(trade, trade.shipments[0].dispatched_at)",
        ),
    ),
    Rule(
        "SHP-5.5",
        "With several modes the longest counts.",
        f"{TIME}::test_the_longest_mode_counts_from_the_last_dispatch",
        Change(OF_DEADLINES, "days = max(trade.policy.auto_receipt_days", "days = min(trade.policy.auto_receipt_days"),
    ),
    Rule(
        "SHP-6.1",
        "The buyer confirms receipt only when everything is dispatched.",
        f"{LIFE}::test_receipt_needs_everything_dispatched",
        Change(
            OF_LIFE,
            "Step.CONFIRM_RECEIPT: {State.DISPATCHED:",
            "Step.CONFIRM_RECEIPT: {State.PARTLY: Cell(B, to=(State.COMPLETED,)), State.DISPATCHED:",
        ),
    ),
    Rule(
        "SHP-6.2",
        "The buyer may review once.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(
            OF_LIFE,
            "Step.REVIEW: {State.COMPLETED: Cell(B, (NOT_REVIEWED,))},",
            "Step.REVIEW: {State.COMPLETED: Cell(B)},",
        ),
    ),
    Rule(
        "SHP-6.3",
        "Scores are from 1.",
        f"{GOODS}::test_scores_from_one_to_five",
        Change(OF_REVIEWS, "if not 1 <= score <= 5:", "if not 0 <= score <= 5:"),
    ),
    Rule(
        "SHP-6.4",
        "Scores are to 5.",
        f"{GOODS}::test_scores_from_one_to_five",
        Change(OF_REVIEWS, "if not 1 <= score <= 5:", "if not 1 <= score <= 6:"),
    ),
    Rule(
        "SHP-6.5",
        "The seller may reply once.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_CONDITIONS, "lambda facts: facts.reviewed and not facts.replied,", "lambda facts: facts.reviewed,"),
    ),
    Rule(
        "SHP-7.1",
        "Milestones are reported until everything is dispatched.",
        f"{MILESTONES}::test_milestones_end_with_the_last_dispatch",
        Change(
            OF_LIFE,
            "Step.ADD_MILESTONE: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY),",
            "Step.ADD_MILESTONE: _everywhere((State.PAYMENT, State.DISPATCH, State.PARTLY, State.DISPATCHED),",
        ),
    ),
    Rule(
        "SHP-7.2",
        "A milestone has 1 to 2,000 characters.",
        f"{MILESTONES}::test_a_milestone_has_words",
        Change(OF_MILESTONES, "TEXT_LONGEST = 2_000", "TEXT_LONGEST = 2_001"),
    ),
    Rule(
        "SHP-7.3",
        "An order has at most 100 milestones.",
        f"{MILESTONES}::test_an_order_has_so_many_milestones",
        Change(OF_MILESTONES, "MILESTONES_MOST = 100", "MILESTONES_MOST = 101"),
    ),
    Rule(
        "SHP-7.4",
        "A milestone has at most 20 pictures.",
        f"{MILESTONES}::test_a_milestone_has_so_many_pictures_and_nothing_else",
        Change(OF_MILESTONES, "if len(file_ids) > attachments.AT_ONCE_MOST:", "if len(file_ids) > 21:"),
    ),
    Rule(
        "SHP-7.5",
        "Its pictures are pictures.",
        "tests/domain/test_media.py::test_what_is_looked_at_is_a_picture",
        Change(
            "app/domain/media.py",
            "AttachmentPurpose.PRODUCT, AttachmentPurpose.PRODUCTION}",
            "AttachmentPurpose.PRODUCT}",
        ),
    ),
    Rule(
        "SHP-7.6",
        "The day of a milestone is not before the drafting of the order.",
        f"{MILESTONES}::test_the_day_is_one_that_has_come_somewhere",
        Change(OF_MILESTONES, "if not first <= on_date <= last:", "if on_date > last:"),
    ),
    Rule(
        "SHP-7.7",
        "It has come where the seller is.",
        f"{MILESTONES}::test_the_day_is_one_that_has_come_somewhere",
        Change(OF_MILESTONES, "EAST, WEST = timedelta(hours=14)", "EAST, WEST = timedelta(hours=0)"),
    ),
    Rule(
        "SHP-7.8",
        "The buyer hears of a milestone.",
        f"{MILESTONES}::test_a_milestone_is_told_to_both_sides_with_its_pictures",
        Change(
            "app/domain/happenings.py",
            "    EventKind.BUYER_MATCHED: SELLER_SIDE,",
            "    EventKind.BUYER_MATCHED: SELLER_SIDE, EventKind.MILESTONE_ADDED: SELLER_SIDE,",
        ),
    ),
)
