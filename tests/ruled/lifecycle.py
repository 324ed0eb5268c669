"""Section 16, lifecycle, section 18, events, and section 19, policy, sentence by sentence."""

from tests.ruled.rule import Change, Rule

LIFE, TIME, ORDERS = "tests/domain/test_lifecycle.py", "tests/domain/test_time.py", "tests/domain/test_orders.py"
POLICY = "tests/domain/test_policy.py"
OF_LIFE, OF_CONDITIONS, OF_DRAFTS = "app/domain/lifecycle.py", "app/domain/conditions.py", "app/domain/drafts.py"
OF_ORDERS, OF_POLICY_CHANGES = "app/domain/orders.py", "app/domain/policy_changes.py"
THE_TABLE = f"{LIFE}::test_the_table_of_the_code_is_the_table_of_the_book"

STEPS = (
    Rule(
        "16.1",
        "Each step has its parties, conditions and ends in the table that is kept by hand, cell by cell.",
        THE_TABLE,
        Change(OF_LIFE, "Step.MATCH_BUYER: {State.DRAFT: Cell(S)},", "Step.MATCH_BUYER: {State.DRAFT: Cell(S | B)},"),
    ),
    Rule(
        "16.2",
        "Only a draft that was never submitted is deleted.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_LIFE, "Cell(B | S, (NEVER_SUBMITTED,))", "Cell(B | S)"),
    ),
    Rule(
        "16.3",
        "An offer taken back is a draft; a completed request goes back to its seller.",
        f"{LIFE}::test_what_decides_between_several_outcomes",
        Change(
            OF_ORDERS,
            "if act.by is By.SELLER and trade.order.drafted_by is By.BUYER:",
            "if trade.order.drafted_by is By.SELLER:",
        ),
    ),
    Rule(
        "16.4",
        "Confirmed with enough held money, an order goes on to DISPATCH, else to PAYMENT.",
        f"{LIFE}::test_what_decides_between_several_outcomes",
        Change(
            "app/domain/funds.py",
            "trade = trade.change(status=Status.PENDING_DISPATCH)",
            "trade = trade.change(status=trade.order.status)",
        ),
    ),
    Rule(
        "16.5",
        "Dispatch leads to DISPATCHED only when nothing is left.",
        f"{LIFE}::test_what_decides_between_several_outcomes",
        Change("app/domain/fulfilment.py", "whole = not left_to_dispatch(trade)", "whole = bool(trade.shipments)"),
    ),
    Rule(
        "16.6",
        "Money arrives at an offer taken back to DRAFT, and at no draft that has no number.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_LIFE, "State.DRAFT: Cell(P | O, (NUMBERED,)),\n        **", "State.DRAFT: Cell(P | O),\n        **"),
    ),
    Rule(
        "16.7",
        "A payment is started only if something is to pay.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_LIFE, "Cell(B, (SOMETHING_TO_PAY,))", "Cell(B)"),
    ),
    Rule(
        "16.8",
        "Nothing is refunded where no money is held.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_LIFE, "Cell(O, (MONEY_HELD,))", "Cell(O)"),
    ),
    Rule(
        "16.9",
        "A seller corrects a shipment only until it is delivered.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(OF_LIFE, "State.DISPATCHED: Cell(S, (NOT_DELIVERED,)),", "State.DISPATCHED: Cell(S),"),
    ),
    Rule(
        "16.10",
        "An amendment is answered only while one is open.",
        f"{LIFE}::test_a_false_condition_refuses_a_real_order",
        Change(
            OF_LIFE,
            "_everywhere((State.DISPATCH, State.PARTLY), Cell(B, (OPEN_AMENDMENT,))),",
            "_everywhere((State.DISPATCH, State.PARTLY), Cell(B)),",
        ),
    ),
    Rule(
        "16.11",
        "To the other side a draft does not exist.",
        f"{LIFE}::test_to_the_other_side_a_draft_does_not_exist",
        Change(
            OF_LIFE,
            "facts.state is State.DRAFT and who in (S | F if",
            "facts.state is State.CLOSED and who in (S | F if",
        ),
    ),
    Rule(
        "16.12",
        "Never stuck: an order that waits for receipt has a clock running.",
        f"{TIME}::test_automatic_receipt_by_mode",
        Change(
            "app/domain/fulfilment.py",
            "trade = deadlines.start(trade, act, DeadlineKind.AUTO_RECEIPT, act.now, due)",
            "trade = trade.change()",
        ),
    ),
    Rule(
        "16.13",
        "A condition refuses with its own code.",
        f"{LIFE}::test_a_condition_decides_its_cell",
        Change(OF_CONDITIONS, "    lambda facts: not facts.landed,", "    lambda facts: facts.landed,"),
    ),
    Rule(
        "16.14",
        "Receipt is not confirmed while a dispute is open.",
        "tests/domain/test_disputes.py::test_a_dispute_outlasts_the_automatic_receipt",
        Change(
            OF_LIFE,
            "Cell(B, (NO_OPEN_DISPUTE,), (State.COMPLETED,))",
            "Cell(B, (), (State.COMPLETED,))",
        ),
    ),
)

EVENTS = (
    Rule(
        "18.1",
        "Every change of state is an event and bears its subject's version.",
        f"{ORDERS}::test_every_act_is_on_the_log",
        Change(
            "app/domain/trade.py",
            "            version=version,\n            at=act.now,",
            "            version=1,\n            at=act.now,",
        ),
    ),
    Rule(
        "18.2",
        "An event never contains a name, an address, an e-mail or a phone.",
        f"{ORDERS}::test_events_name_no_person",
        Change(
            OF_DRAFTS, 'facts["contactVersion"] = str(trade.contact.version)', 'facts["contact"] = str(trade.contact)'
        ),
    ),
    Rule(
        "18.3",
        "It says which version holds the contact.",
        f"{ORDERS}::test_events_name_no_person",
        Change(OF_DRAFTS, "    if trade.contact.version != before.contact.version:", "    if trade.contact is None:"),
    ),
)

POLICIES = (
    Rule(
        "19.1",
        "A change of policy must change something.",
        f"{POLICY}::test_a_change_of_policy_changes_something",
        Change(OF_POLICY_CHANGES, "    if not differences(policy, after):", "    if after is policy:"),
    ),
    Rule(
        "19.2",
        "Rates and promotions are from 0 to 1.",
        f"{POLICY}::test_a_share_is_from_nothing_to_all",
        Change(OF_POLICY_CHANGES, "not is_exact(rate) or not 0 <= rate <= 1:", "not is_exact(rate) or not 0 <= rate:"),
    ),
    Rule(
        "19.3",
        "Numbers that nobody could mean are refused.",
        f"{POLICY}::test_the_numbers_of_policy_have_limits",
        Change(OF_POLICY_CHANGES, "yield from _range(value, 1, most, name)", "yield from _range(value, 0, most, name)"),
    ),
    Rule(
        "19.4",
        "What is not named stays as it was.",
        f"{POLICY}::test_what_is_not_named_stays",
        Change(OF_POLICY_CHANGES, "(*rules, *given)}", "given}"),
    ),
    Rule(
        "19.5",
        "There is at least one receiving bank.",
        f"{POLICY}::test_an_order_needs_a_receiving_bank",
        Change(OF_POLICY_CHANGES, "    if not banks:", "    if banks is None:"),
    ),
)

RULES = STEPS + EVENTS + POLICIES
