"""Section 1, opening the service (SVC), and section 3, guarantee and quota (GUA), sentence by sentence."""

from tests.ruled.rule import Change, Rule

SELLERS, ORDERS, MONEY = "tests/domain/test_sellers.py", "tests/domain/test_orders.py", "tests/domain/test_money.py"
OF_SELLERS, OF_ORDERS, OF_DRAFTS = "app/domain/sellers.py", "app/domain/orders.py", "app/domain/drafts.py"
OF_COSTS, OF_FULFILMENT = "app/domain/costs.py", "app/domain/fulfilment.py"

RULES = (
    Rule(
        "SVC-1.1",
        "For a PAID member the service is active immediately.",
        f"{SELLERS}::test_a_paid_member_is_active_at_once",
        Change(OF_SELLERS, "if seller.membership is Membership.PAID:", "if seller.membership is Membership.FREE:"),
    ),
    Rule(
        "SVC-1.2",
        "A FREE member must hand in a verification, and waits.",
        f"{SELLERS}::test_a_free_member_waits_for_an_operator",
        Change(
            OF_SELLERS,
            "pending = replace(seller, service=ServiceStatus.PENDING)",
            "pending = replace(seller, service=ServiceStatus.ACTIVE)",
        ),
    ),
    Rule(
        "SVC-1.3",
        "The verification is whole: name, number, address and legal representative.",
        f"{SELLERS}::test_a_verification_is_whole",
        Change(OF_SELLERS, "if not 0 < len(value.strip())", "if not 0 <= len(value.strip())"),
    ),
    Rule(
        "SVC-1.4",
        "An operator must give a reason, whether he approves or declines.",
        f"{SELLERS}::test_a_decision_has_a_reason",
        Change(OF_SELLERS, "if not 0 < len(reason.strip())", "if not 0 <= len(reason.strip())"),
    ),
    Rule(
        "SVC-1.5",
        "Declined, the service is not active.",
        f"{SELLERS}::test_a_decision_opens_the_service_or_does_not",
        Change(OF_SELLERS, "if approve else ServiceStatus.INACTIVE)", "if approve else ServiceStatus.ACTIVE)"),
    ),
    Rule(
        "SVC-1.6",
        "An application that was decided is not decided again.",
        f"{SELLERS}::test_an_application_is_decided_once",
        Change(OF_SELLERS, "if application.status is not ApplicationStatus.PENDING:", "if application.status is None:"),
    ),
    Rule(
        "SVC-1.7",
        "One application can be pending at a time.",
        f"{SELLERS}::test_one_application_at_a_time",
        Change(OF_SELLERS, "if seller.service is ServiceStatus.PENDING:", "if seller.service is None:"),
    ),
    Rule(
        "SVC-2.1",
        "The quota's limit is never less than 0.",
        f"{SELLERS}::test_a_quota_is_not_negative",
        Change(OF_SELLERS, "if limit < 0:", "if limit < -1:"),
    ),
    Rule(
        "SVC-3.1",
        "Only an active seller can submit.",
        f"{ORDERS}::test_both_directions_need_an_active_seller",
        Change(OF_ORDERS, "if trade.seller.service is not ServiceStatus.ACTIVE:", "if trade.seller.service is None:"),
    ),
    Rule(
        "SVC-3.2",
        "A buyer can only ask a seller who is active.",
        f"{ORDERS}::test_both_directions_need_an_active_seller",
        Change(OF_DRAFTS, "if seller.service is not ServiceStatus.ACTIVE:", "if seller.service is None:"),
    ),
    Rule(
        "GUA-1.1",
        "NONE occupies nothing of the quota.",
        f"{MONEY}::test_no_guarantee_needs_no_quota",
        Change(OF_COSTS, "if order.guarantee_method is GuaranteeMethod.NONE:", "if order.guarantee_method is None:"),
    ),
    Rule(
        "GUA-1.2",
        "UNTIL_DISPATCH occupies it until everything is dispatched, and no longer.",
        f"{MONEY}::test_until_when_the_quota_is_occupied",
        Change(OF_FULFILMENT, "        trade = trade.change(quota_occupied=0)", "        trade = trade.change()"),
    ),
    Rule(
        "GUA-1.3",
        "UNTIL_RECEIPT occupies it until receipt, and no longer.",
        f"{MONEY}::test_until_when_the_quota_is_occupied",
        Change(OF_FULFILMENT, "received_by=act.by, quota_occupied=0)", "received_by=act.by)"),
    ),
    Rule(
        "GUA-1.4",
        "A partial dispatch frees nothing.",
        f"{MONEY}::test_until_when_the_quota_is_occupied",
        Change(
            OF_FULFILMENT,
            "return _dispatched_in_full(trade, act) if whole else trade",
            "return _dispatched_in_full(trade, act) if whole else trade.change(quota_occupied=0)",
        ),
    ),
    Rule(
        "GUA-2.1",
        "At submission a quota that does not suffice is refused.",
        f"{MONEY}::test_a_cent_too_little_at_submission",
        Change(OF_ORDERS, "if needed and needed > available:", "if needed and needed > available + 1:"),
    ),
    Rule(
        "GUA-2.2",
        "The refusal names limit, occupied and needed amount.",
        f"{MONEY}::test_a_cent_too_little_at_submission",
        Change(OF_COSTS, '"occupied": str(Money(trade.quota_in_use, "USD")),', ""),
    ),
    Rule(
        "GUA-2.3",
        "At submission it is only looked at, at confirmation it is occupied.",
        f"{MONEY}::test_the_quota_is_looked_at_and_then_occupied",
        Change(OF_ORDERS, "quota_occupied=needed,", "quota_occupied=0,"),
    ),
    Rule(
        "GUA-2.4",
        "What is occupied is the agreed total converted to USD.",
        f"{MONEY}::test_the_quota_is_looked_at_and_then_occupied",
        Change(OF_COSTS, "return in_usd(order.total, order.currency, trade.rates)", "return order.total"),
    ),
    Rule(
        "GUA-2.5",
        "A quota that fits to the cent suffices.",
        f"{MONEY}::test_the_quota_is_looked_at_and_then_occupied",
        Change(OF_ORDERS, "if needed and needed > available:", "if needed and needed >= available:"),
    ),
    Rule(
        "GUA-2.6",
        "A quota that has become too small by confirmation is refused.",
        f"{MONEY}::test_a_cent_too_little_at_confirmation",
        Change(
            OF_ORDERS,
            "if needed and needed > trade.seller.quota_limit - trade.quota_in_use:",
            "if needed and needed > trade.seller.quota_limit:",
        ),
    ),
    Rule(
        "GUA-2.7",
        "The buyer is then told GUARANTEE_UNAVAILABLE and nothing else.",
        f"{MONEY}::test_a_cent_too_little_at_confirmation",
        Change(
            OF_ORDERS,
            '"The seller cannot guarantee this order at present; ask them to revise it."',
            "f\"The seller cannot guarantee {Money(needed, 'USD')}.\"",
        ),
    ),
    Rule(
        "GUA-2.8",
        "The seller then gets the event QUOTA_SHORT with the numbers.",
        f"{MONEY}::test_a_cent_too_little_at_confirmation",
        Change(OF_ORDERS, "raise Kept(refusal, short)", "raise Kept(refusal, trade)"),
    ),
    Rule(
        "GUA-2.9",
        "Closing gives the quota back.",
        f"{MONEY}::test_closing_gives_the_quota_back",
        Change(OF_ORDERS, "        quota_occupied=0,", "        quota_occupied=trade.order.quota_occupied,"),
    ),
)
