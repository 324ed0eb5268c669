"""Section 7, the upgrade service: on-time dispatch guaranteed (ENR), sentence by sentence."""

from tests.ruled.rule import Change, Rule

ENROLMENT, ELIGIBILITY = "tests/domain/test_enrolment.py", "tests/domain/test_eligibility.py"
OF_ENROLMENT, OF_ELIGIBILITY = "app/domain/enrolment.py", "app/domain/eligibility.py"
OF_ORDERS, OF_FULFILMENT, OF_DEADLINES = "app/domain/orders.py", "app/domain/fulfilment.py", "app/domain/deadlines.py"
CLAIMS, OF_WAIVERS = "tests/domain/test_claims.py", "app/domain/waivers.py"

RULES = (
    Rule(
        "ENR-1.1",
        "All new orders of an enrolled seller promise on-time dispatch, and nobody else's.",
        f"{ENROLMENT}::test_what_an_enrolled_seller_offers_is_covered",
        Change(
            OF_ORDERS,
            "dispatch_guaranteed=stands_by(trade, act) and enrolment.covers",
            "dispatch_guaranteed=stands_by(trade, act) and not enrolment.covers",
        ),
    ),
    Rule(
        "ENR-1.2",
        "The guarantee method NONE is no exception.",
        f"{ENROLMENT}::test_what_an_enrolled_seller_offers_is_covered",
        Change(
            OF_ORDERS,
            "dispatch_guaranteed=stands_by(trade, act) and",
            'dispatch_guaranteed=stands_by(trade, act) and order.guarantee_method != "NONE" and',
        ),
    ),
    Rule(
        "ENR-1.3",
        "From the instant of joining on, to the instant of leaving.",
        f"{ENROLMENT}::test_who_is_covered_when",
        Change(OF_ENROLMENT, "or enrolled_at <= at", "or enrolled_at < at"),
    ),
    Rule(
        "ENR-1.4",
        "A buyer's request is new when the seller completes it.",
        f"{ENROLMENT}::test_a_request_is_covered_once_the_seller_completes_it",
        Change(OF_ORDERS, "return act.by is By.SELLER or", "return act.by is not None or"),
    ),
    Rule(
        "ENR-1.5",
        "What was offered is what is judged, whatever the seller is at confirmation.",
        f"{ENROLMENT}::test_what_was_offered_is_what_is_judged",
        Change(
            OF_ORDERS,
            "confirmed_at=act.now,",
            "confirmed_at=act.now, dispatch_guaranteed=enrolment.covers(trade.seller),",
        ),
    ),
    Rule(
        "ENR-1.6",
        "An offer that was taken back promises nothing until it is made again.",
        f"{ENROLMENT}::test_an_offer_taken_back_is_judged_anew",
        Change(OF_ORDERS, "return trade.change(dispatch_guaranteed=False).record(", "return trade.record("),
    ),
    Rule(
        "ENR-1.7",
        "Only an active seller joins.",
        f"{ENROLMENT}::test_only_an_active_seller_joins",
        Change(OF_ENROLMENT, "if seller.service is not ServiceStatus.ACTIVE:", "if seller.service is None:"),
    ),
    Rule(
        "ENR-2.1",
        "Nobody leaves before the calendar date of joining + 30.",
        f"{ENROLMENT}::test_the_date_of_leaving",
        Change(
            OF_ENROLMENT,
            "calendar.start_of(calendar.date_of(act.now) + timedelta(days=days))",
            "calendar.plus_days(act.now, days)",
        ),
    ),
    Rule(
        "ENR-2.2",
        "Nobody joins again before the calendar date of exit + 30.",
        f"{ENROLMENT}::test_the_date_of_rejoining",
        Change(
            OF_ENROLMENT,
            '_require_over(enrolment, DeadlineKind.REJOIN_ALLOWED, "join again")',
            '_require_over(enrolment, DeadlineKind.EXIT_ALLOWED, "join again")',
        ),
    ),
    Rule(
        "ENR-2.3",
        "A refusal names the date.",
        f"{ENROLMENT}::test_the_date_of_leaving",
        Change(OF_ENROLMENT, "date_of(clock.due_at).isoformat()", "date_of(clock.starts_at).isoformat()"),
    ),
    Rule(
        "ENR-2.4",
        "The length and the zone of a clock that runs are those of its start.",
        f"{ENROLMENT}::test_the_length_and_the_zone_are_those_of_joining",
        Change(OF_ENROLMENT, "days = policy.calendar, policy.enrolment_days", "days = policy.calendar, 30"),
    ),
    Rule(
        "ENR-3.1",
        "While enrolled, late dispatch costs no points.",
        f"{ENROLMENT}::test_late_dispatch_costs_an_enrolled_seller_no_points",
        Change(OF_FULFILMENT, "spared = enrolment.covers(trade.seller, at) or", "spared ="),
    ),
    Rule(
        "ENR-3.2",
        "What counts is the instant at which the order turned overdue.",
        f"{ENROLMENT}::test_late_dispatch_costs_an_enrolled_seller_no_points",
        Change(OF_FULFILMENT, "enrolment.covers(trade.seller, at)", "enrolment.covers(trade.seller)"),
    ),
    Rule(
        "ENR-3.3",
        "Outside, each overdue order costs the points of policy.",
        f"{ENROLMENT}::test_late_dispatch_costs_points_outside_the_guarantee",
        Change(OF_FULFILMENT, "else trade.policy.penalty_points", "else 1"),
    ),
    Rule(
        "ENR-3.4",
        "An overdue that an amendment clears costs none.",
        f"{ENROLMENT}::test_an_amendment_that_clears_the_overdue_takes_the_points_back",
        Change(OF_DEADLINES, "change(overdue_at=None, penalty_points=0)", "change(overdue_at=None)"),
    ),
    Rule(
        "ENR-4.1",
        "The rating takes 100 products ready to ship.",
        f"{ELIGIBILITY}::test_either_sort_of_products_is_enough",
        Change(OF_ELIGIBILITY, "READY_NEEDED = 100", "READY_NEEDED = 101"),
    ),
    Rule(
        "ENR-4.2",
        "Or 50 small and fast ones.",
        f"{ELIGIBILITY}::test_either_sort_of_products_is_enough",
        Change(OF_ELIGIBILITY, "SMALL_FAST_NEEDED = 50", "SMALL_FAST_NEEDED = 49"),
    ),
    Rule(
        "ENR-4.3",
        "The ready ones are dispatched within 7 days.",
        "tests/api/test_enrolment.py::test_the_star_rating_counts_what_is_on_offer",
        Change(OF_ELIGIBILITY, "READY_DAYS = 7", "READY_DAYS = 8"),
    ),
    Rule(
        "ENR-4.4",
        "It is evaluated for enrolled sellers.",
        f"{ELIGIBILITY}::test_stars_are_for_enrolled_sellers",
        Change(OF_ELIGIBILITY, "return self.enrolled and (", "return ("),
    ),
    Rule(
        "ENR-5.1",
        "A missing badge says why.",
        "tests/domain/test_products.py::test_a_missing_badge_says_why",
        Change(
            "app/domain/badges.py",
            "() if enrolled else (BadgeReason.SELLER_NOT_ENROLLED,)",
            "() if not enrolled else (BadgeReason.SELLER_NOT_ENROLLED,)",
        ),
    ),
    Rule(
        "ENR-5.2",
        "A core country is covered by a guaranteed lane that goes there.",
        f"{ELIGIBILITY}::test_each_core_country_is_covered_or_not",
        Change(OF_ELIGIBILITY, "country in covered)", "country not in covered)"),
    ),
    Rule(
        "ENR-6.1",
        "Entering a campaign requires enrolment.",
        f"{ELIGIBILITY}::test_entering_requires_enrolment",
        Change(OF_ELIGIBILITY, "(CampaignCondition.ENROLLED, enrolled)", "(CampaignCondition.ENROLLED, True)"),
    ),
    Rule(
        "ENR-6.2",
        "Campaigns are March's and September's.",
        f"{ELIGIBILITY}::test_the_campaign_that_runs_or_comes_next",
        Change(OF_ELIGIBILITY, "CAMPAIGN_MONTHS = (3, 9)", "CAMPAIGN_MONTHS = (3, 10)"),
    ),
    Rule(
        "ENR-3.5",
        "A waived overdue costs none, also if it was waived before it was raised.",
        f"{CLAIMS}::test_a_waiver_ahead_of_the_deadline_spares_the_points",
        Change(
            OF_FULFILMENT,
            "enrolment.covers(trade.seller, at) or trade.waiver is not None",
            "enrolment.covers(trade.seller, at)",
        ),
    ),
    Rule(
        "ENR-3.6",
        "A waiver takes off the points that it had cost.",
        f"{CLAIMS}::test_a_waived_overdue_costs_no_points_and_costs_them_again_once_it_is_not",
        Change(OF_WAIVERS, 'put("waivers", waiver).change(penalty_points=0)', 'put("waivers", waiver)'),
    ),
    Rule(
        "ENR-3.7",
        "It costs them again if the waiver is taken back.",
        f"{CLAIMS}::test_a_waived_overdue_costs_no_points_and_costs_them_again_once_it_is_not",
        Change(OF_WAIVERS, "    if trade.order.overdue_at is not None:", "    if trade.order.overdue_at is None:"),
    ),
    Rule(
        "ENR-5.3",
        "ON_TIME_DELIVERY needs a product that is ready to ship.",
        "tests/domain/test_products.py::test_a_missing_badge_says_why",
        Change("app/domain/badges.py", "    if not ready_to_ship:", "    if ready_to_ship is None:"),
    ),
    Rule(
        "ENR-5.4",
        "And a guaranteed lane in its freight template.",
        "tests/domain/test_products.py::test_a_missing_badge_says_why",
        Change("app/domain/badges.py", "    if guaranteed_lanes == 0:", "    if guaranteed_lanes < 0:"),
    ),
    Rule(
        "ENR-6.3",
        "And an active service.",
        f"{ELIGIBILITY}::test_entering_requires_enrolment",
        Change(
            OF_ELIGIBILITY,
            "(CampaignCondition.SERVICE_ACTIVE, service is ServiceStatus.ACTIVE),",
            "(CampaignCondition.SERVICE_ACTIVE, True),",
        ),
    ),
)
