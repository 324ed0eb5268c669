"""Section 8, freight and the promise of delivery (DLV), sentence by sentence."""

from tests.ruled.rule import Change, Rule

FREIGHT, GUARANTEES = "tests/domain/test_freight.py", "tests/domain/test_guarantees.py"
BOOK, OF_BOOK = "tests/domain/test_lane_book.py", "app/domain/lane_book.py"
OF_FREIGHT, OF_LANES, OF_GUARANTEES = "app/domain/freight.py", "app/domain/lanes.py", "app/domain/guarantees.py"
OF_CLAIMABLE, OF_DEADLINES, OF_POLICY = "app/domain/claimable.py", "app/domain/deadlines.py", "app/domain/policy.py"

LANES = (
    Rule(
        "DLV-1.1",
        "Each kilogram begun costs the kilogram's price.",
        f"{FREIGHT}::test_each_kilogram_begun_costs",
        Change(OF_FREIGHT, "-(-grams // GRAMS_PER_KILOGRAM)", "(grams // GRAMS_PER_KILOGRAM)"),
    ),
    Rule(
        "DLV-1.2",
        "A lane goes to the countries it names, and to no other.",
        f"{FREIGHT}::test_lanes_that_do_not_go_there_are_not_quoted",
        Change(OF_FREIGHT, " and country in lane.destinations and taken", " and taken"),
    ),
    Rule(
        "DLV-1.3",
        "It takes one class of goods.",
        f"{FREIGHT}::test_goods_of_two_classes_have_no_common_lane",
        Change(OF_FREIGHT, "taken = all(each is", "taken = any(each is"),
    ),
    Rule(
        "DLV-1.4",
        "A lane that is retired takes nothing new.",
        f"{FREIGHT}::test_lanes_that_do_not_go_there_are_not_quoted",
        Change(OF_FREIGHT, "return lane.retired_at is None and country", "return country"),
    ),
    Rule(
        "DLV-1.5",
        "A seller's own lane is nobody else's to name.",
        f"{FREIGHT}::test_a_lane_that_is_not_on_offer_cannot_be_named",
        Change(OF_LANES, "or lane.seller_id not in (None, trade.order.seller_id) ", ""),
    ),
    Rule(
        "DLV-1.6",
        "A lane's mode is the contract's.",
        f"{FREIGHT}::test_a_lane_must_fit_goods_country_and_mode",
        Change(OF_LANES, "if trade.order.transport_mode is not lane.mode:", "if trade.order.transport_mode is None:"),
    ),
    Rule(
        "DLV-2.1",
        "A quote lists lanes cheapest first.",
        f"{FREIGHT}::test_cheapest_first_and_a_guaranteed_one_by_default",
        Change(
            OF_FREIGHT,
            "(choice.price, choice.latest, choice.lane.id)",
            "(-choice.price, choice.latest, choice.lane.id)",
        ),
    ),
    Rule(
        "DLV-2.2",
        "Of equals the sooner one comes first.",
        f"{FREIGHT}::test_cheapest_first_and_a_guaranteed_one_by_default",
        Change(
            OF_FREIGHT, "(choice.price, choice.latest, choice.lane.id)", "(choice.price, -choice.latest.toordinal())"
        ),
    ),
    Rule(
        "DLV-2.3",
        "Unless the buyer says otherwise the cheapest guaranteed lane is meant.",
        f"{FREIGHT}::test_cheapest_first_and_a_guaranteed_one_by_default",
        Change(OF_FREIGHT, "choice in known if choice.guaranteed_by is not None)", "choice in known)"),
    ),
    Rule(
        "DLV-2.4",
        "Paid on Monday 2022-07-11, dispatched within 3 days, 5 to 7 business days: guaranteed by 2022-07-25.",
        f"{FREIGHT}::test_the_example_of_the_screen",
        Change(OF_FREIGHT, "if unit is TransitUnit.BUSINESS_DAYS else", "if unit is TransitUnit.CALENDAR_DAYS else"),
    ),
    Rule(
        "DLV-1.7",
        "A SELLER_OWN lane is never guaranteed and never recommended.",
        f"{BOOK}::test_a_sellers_own_lane_is_neither_guaranteed_nor_recommended",
        Change(
            OF_BOOK,
            "LaneProvider.SELLER_OWN and (lane.guaranteed or lane.recommended):",
            "LaneProvider.SELLER_OWN and lane.guaranteed and lane.recommended:",
        ),
    ),
    Rule(
        "DLV-1.8",
        "Its least days are not more than its most.",
        f"{BOOK}::test_what_no_lane_can_be",
        Change(
            OF_BOOK,
            "if not 0 <= lane.min_days <= lane.max_days <= TRANSIT_MOST:",
            "if not 0 <= lane.min_days <= TRANSIT_MOST:",
        ),
    ),
    Rule(
        "DLV-1.9",
        "A template holds only lanes that are run for its seller.",
        f"{BOOK}::test_a_template_holds_lanes_that_are_run_for_its_seller",
        Change(OF_BOOK, "for lane_id in lane_ids if lane_id not in usable]", "for lane_id in lane_ids if not usable]"),
    ),
)

GIVEN = (
    Rule(
        "DLV-3.1",
        "Delivery is guaranteed only if the offer was made while enrolled.",
        f"{GUARANTEES}::test_each_condition_by_its_name",
        Change(OF_FREIGHT, "DeliveryCondition.SELLER_ENROLLED: enrolled,", "DeliveryCondition.SELLER_ENROLLED: True,"),
    ),
    Rule(
        "DLV-3.2",
        "Only if every line is of a product that is ready to ship.",
        f"{GUARANTEES}::test_each_condition_by_its_name",
        Change(OF_FREIGHT, "DeliveryCondition.READY_TO_SHIP: ready,", "DeliveryCondition.READY_TO_SHIP: True,"),
    ),
    Rule(
        "DLV-3.3",
        "Only if the lane is guaranteed.",
        f"{GUARANTEES}::test_each_condition_by_its_name",
        Change(OF_FREIGHT, "lane is not None and lane.guaranteed and covers(", "lane is not None and covers("),
    ),
    Rule(
        "DLV-3.4",
        "Only if the promised date is at most 45 days ahead (policy).",
        f"{GUARANTEES}::test_at_most_45_days_ahead",
        Change(OF_POLICY, '"promise_days_most": 45,', '"promise_days_most": 46,'),
    ),
    Rule(
        "DLV-3.5",
        "45 days themselves are in.",
        f"{GUARANTEES}::test_at_most_45_days_ahead",
        Change(OF_FREIGHT, ".days <= policy.promise_days_most", ".days < policy.promise_days_most"),
    ),
    Rule(
        "DLV-3.6",
        "A seller's draft must be exported SELF_OPERATED.",
        f"{GUARANTEES}::test_each_condition_by_its_name",
        Change(
            OF_GUARANTEES,
            "export_fits=order.type is not OrderType.SELLER_DRAFT or self_operated,",
            "export_fits=order.type is OrderType.SELLER_DRAFT or self_operated,",
        ),
    ),
    Rule(
        "DLV-3.7",
        "The conditions that failed are kept with the order.",
        f"{GUARANTEES}::test_each_condition_by_its_name",
        Change(OF_GUARANTEES, "for condition in failed))", "for condition in failed[1:]))"),
    ),
    Rule(
        "DLV-3.8",
        "A seller's draft of nothing but ready products must name a lane.",
        f"{FREIGHT}::test_ready_goods_are_sent_by_a_lane_of_their_template",
        Change(OF_LANES, "        if bound:\n", "        if not trade.items:\n"),
    ),
    Rule(
        "DLV-3.9",
        "The lane must be of a template bound to each of them.",
        f"{FREIGHT}::test_ready_goods_are_sent_by_a_lane_of_their_template",
        Change(
            OF_LANES,
            "if lane.id not in trade.product_lanes.get(product.id, frozenset()):",
            "if lane.retired_at is not None:",
        ),
    ),
    Rule(
        "DLV-3.10",
        "The lane's transit is pinned to the order.",
        f"{GUARANTEES}::test_all_conditions_hold",
        Change(
            OF_GUARANTEES,
            "transit_max=lane.max_days if lane else None,",
            "transit_max=lane.min_days if lane else None,",
        ),
    ),
    Rule(
        "DLV-3.11",
        "A buyer's order may be exported by any method.",
        f"{GUARANTEES}::test_a_buyers_order_may_be_exported_by_any_method",
        Change(
            OF_GUARANTEES,
            "export_fits=order.type is not OrderType.SELLER_DRAFT or self_operated,",
            "export_fits=self_operated,",
        ),
    ),
)

KEPT = (
    Rule(
        "DLV-4.1",
        "The promised date is the date of the dispatch deadline and the lane's most days after it.",
        f"{GUARANTEES}::test_the_promised_date_is_fixed_when_the_dispatch_clock_starts",
        Change(OF_DEADLINES, "days, unit = order.transit_max or 0,", "days, unit = order.transit_min or 0,"),
    ),
    Rule(
        "DLV-4.2",
        "To the end of that day.",
        f"{GUARANTEES}::test_promises_across_the_calendars_edges",
        Change(OF_FREIGHT, "calendar.end_of(arrival(calendar.date_of(", "calendar.start_of(arrival(calendar.date_of("),
    ),
    Rule(
        "DLV-4.3",
        "The dates are those of the platform's calendar.",
        f"{FREIGHT}::test_the_date_is_the_platforms_own",
        Change(OF_FREIGHT, "arrival(calendar.date_of(dispatch_due), days", "arrival(dispatch_due.date(), days"),
    ),
    Rule(
        "DLV-4.4",
        "It is fixed when the dispatch clock starts.",
        f"{GUARANTEES}::test_the_promised_date_is_fixed_when_the_dispatch_clock_starts",
        Change(
            OF_GUARANTEES,
            "if not trade.order.delivery_guaranteed or dispatch is None:",
            "if trade.order.delivery_guaranteed or dispatch is None:",
        ),
    ),
    Rule(
        "DLV-4.5",
        "A confirmed amendment moves it.",
        f"{GUARANTEES}::test_a_later_dispatch_moves_the_promise",
        Change(OF_GUARANTEES, "    if due[0] == clock.due_at:", "    if due[0] != clock.due_at:"),
    ),
    Rule(
        "DLV-4.6",
        "If the money is taken back, so is the date.",
        f"{GUARANTEES}::test_money_taken_back_takes_the_promised_date_with_it",
        Change(OF_GUARANTEES, "_clear(trade.change(promised_at=None), act, clock)", "_clear(trade, act, clock)"),
    ),
    Rule(
        "DLV-5.1",
        "Delivered within the promised date's last second is delivered in time.",
        f"{GUARANTEES}::test_delivered_on_both_sides_of_the_promise",
        Change(OF_GUARANTEES, "and in_time(delivered, clock.due_at)", "and delivered <= clock.due_at"),
    ),
    Rule(
        "DLV-5.2",
        "The buyer's own confirmation is a delivery.",
        f"{GUARANTEES}::test_the_buyers_own_word_is_delivery",
        Change(OF_CLAIMABLE, "said = received if received_by is By.BUYER else None", "said = None"),
    ),
    Rule(
        "DLV-5.3",
        "Automatic receipt is none.",
        f"{GUARANTEES}::test_overdue_on_a_completed_order",
        Change(OF_CLAIMABLE, "said = received if received_by is By.BUYER else None", "said = received"),
    ),
    Rule(
        "DLV-5.4",
        "A completed order can be overdue, too.",
        f"{GUARANTEES}::test_overdue_on_a_completed_order",
        Change(
            "app/domain/lifecycle.py",
            "(State.DISPATCH, State.PARTLY, State.DISPATCHED, State.COMPLETED), Cell(T)",
            "(State.DISPATCH, State.PARTLY, State.DISPATCHED), Cell(T)",
        ),
    ),
    Rule(
        "DLV-5.5",
        "A report that comes late and proves delivery in time clears the flag.",
        f"{GUARANTEES}::test_tracking_that_comes_late",
        Change(OF_GUARANTEES, "trade = trade.change(delivery_overdue_at=None)", "trade = trade.change()"),
    ),
    Rule(
        "DLV-5.6",
        "It shuts the window to claim.",
        f"{GUARANTEES}::test_tracking_that_comes_late",
        Change(
            OF_GUARANTEES,
            "deadlines.end(trade, act, DeadlineKind.CLAIM_DELIVERY_CLOSE, DeadlineStatus.VOID)",
            "deadlines.end(trade, act, DeadlineKind.CLAIM_DISPATCH_CLOSE, DeadlineStatus.VOID)",
        ),
    ),
    Rule(
        "DLV-5.7",
        "A delivery in time that was a mistake opens the promise again.",
        f"{GUARANTEES}::test_a_delivery_in_time_that_was_a_mistake",
        Change(
            OF_GUARANTEES,
            "return deadlines.reopen(trade, act, clock) if clock.status is DeadlineStatus.MET else trade",
            "return trade",
        ),
    ),
)

RULES = (*LANES, *GIVEN, *KEPT)
