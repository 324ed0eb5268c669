"""Section 12, the lists of orders: tabs (DSK-1) and filters (DSK-2), sentence by sentence."""

from tests.ruled.rule import Change, Rule

FINDING, LISTS, SHOWN = "tests/domain/test_finding.py", "tests/domain/test_order_lists.py", "tests/lists/test_lists.py"
OF_FINDING, OF_LISTS = "app/domain/finding.py", "app/domain/order_lists.py"
FOLLOWED, OF_CURSORS = "tests/lists/test_followed.py", "app/events/cursors.py"
LENT_ON = "tests/lists/test_lent_on.py"
OF_SCHEMA, OF_LISTING = "app/schema/order_lists.py", "app/domain/listing.py"
ONE_TAB = f"{LISTS}::test_an_order_is_under_one_tab_by_its_status"
WITHOUT = f"{SHOWN}::test_each_order_and_each_tab_without_a_filter[owner]"

RULES = (
    Rule(
        "DSK-1.1",
        "Drafts are under ALL alone.",
        ONE_TAB,
        Change(
            OF_LISTS,
            "TO_CONFIRM: (Status.PENDING_CONFIRMATION,)",
            "TO_CONFIRM: (Status.PENDING_CONFIRMATION, Status.DRAFT)",
        ),
    ),
    Rule(
        "DSK-1.2",
        "What is dispatched in part is still to be dispatched.",
        ONE_TAB,
        Change(OF_LISTS, "(Status.PENDING_DISPATCH, Status.PARTIALLY_DISPATCHED)", "(Status.PENDING_DISPATCH,)"),
    ),
    Rule(
        "DSK-1.3",
        "After-sales are an open dispute or a claim under review.",
        WITHOUT,
        Change(OF_SCHEMA, "return or_(o.disputed, o.claim_status", "return and_(o.disputed, o.claim_status"),
    ),
    Rule(
        "DSK-1.4",
        "A dispute that is resolved is no longer after-sales.",
        "tests/domain/test_listing.py::test_an_open_dispute_and_a_claim_are_known_to_the_list",
        Change(OF_LISTING, "after.dispute is not None", "bool(after.disputes)"),
    ),
    Rule(
        "DSK-1.5",
        "Counts are exact up to 10,000 (policy).",
        f"{LISTS}::test_how_far_orders_are_counted",
        Change("app/domain/policy.py", '"count_ceiling": 10_000', '"count_ceiling": 1_000'),
    ),
    Rule(
        "DSK-1.6",
        "Beyond that a count says that there are at least so many.",
        WITHOUT,
        Change("app/reads/compiling.py", "LIMIT c.ceiling + 1", "LIMIT c.ceiling"),
    ),
    Rule(
        "DSK-2.1",
        "Two Chinese characters are found within a longer name.",
        f"{FINDING}::test_two_chinese_characters_are_found_within_a_longer_name",
        Change(
            OF_FINDING,
            'yield from run\n            yield from map("".join, pairwise(run))',
            "yield from run\n            yield run",
        ),
    ),
    Rule(
        "DSK-2.2",
        "A whole e-mail finds its orders.",
        f"{FINDING}::test_an_email_is_found_whole_and_by_what_stands_before_its_at[buyer.one@example.com]",
        Change(OF_FINDING, "yield from (whole, *words(whole))", "yield from words(whole)"),
    ),
    Rule(
        "DSK-2.3",
        "So does what stands before its @.",
        f"{FINDING}::test_an_email_is_found_whole_and_by_what_stands_before_its_at[buyer.one]",
        Change(OF_FINDING, "yield from (whole, *words(whole))", "yield whole"),
    ),
    Rule(
        "DSK-2.4",
        "The last six digits of a number find its order.",
        f"{FINDING}::test_a_number_is_found_whole_and_by_its_last_six_digits",
        Change(OF_FINDING, "NUMBER_TAIL = 6", "NUMBER_TAIL = 5"),
    ),
    Rule(
        "DSK-2.5",
        "Case makes no difference.",
        f"{FINDING}::test_every_word_of_a_text_must_be_found",
        Change(OF_FINDING, 'unicodedata.normalize("NFKC", text).casefold()', 'unicodedata.normalize("NFKC", text)'),
    ),
    Rule(
        "DSK-2.6",
        "The buyer finds nothing by the seller's labels.",
        f"{FINDING}::test_labels_find_it_for_the_sellers_side_alone",
        Change(OF_FINDING, "tuple(sorted(shared | email))", "tuple(sorted(shared | email | private))"),
    ),
    Rule(
        "DSK-2.7",
        "The e-mail of a request finds it for the seller from confirmation on.",
        f"{FINDING}::test_the_email_of_a_request_finds_it_for_the_seller_from_confirmation_on",
        Change(OF_FINDING, "(email if known else set())", "email"),
    ),
    Rule(
        "DSK-2.8",
        "A text has at most 100 characters.",
        f"{FINDING}::test_a_text_has_a_word_and_an_end",
        Change(OF_FINDING, "TEXT_LONGEST = 100", "TEXT_LONGEST = 101"),
    ),
    Rule(
        "DSK-2.9",
        "A text without a letter or digit is refused.",
        f"{FINDING}::test_a_text_has_a_word_and_an_end",
        Change(OF_FINDING, "    if not found:\n", "    if found is None:\n"),
    ),
    Rule(
        "DSK-2.10",
        "A filter is nested at most 5 deep.",
        f"{LISTS}::test_how_large_a_filter_may_be",
        Change(OF_LISTS, "DEPTH_MOST = 5", "DEPTH_MOST = 6"),
    ),
    Rule(
        "DSK-2.11",
        "A filter has at most 100 conditions.",
        f"{LISTS}::test_how_large_a_filter_may_be",
        Change(OF_LISTS, "CONDITIONS_MOST = 100", "CONDITIONS_MOST = 101"),
    ),
    Rule(
        "DSK-2.12",
        "A filter that is nested too deep is refused.",
        f"{SHOWN}::test_a_filter_has_limits",
        Change(OF_SCHEMA, "    if depth > DEPTH_MOST:", "    if depth > DEPTH_MOST + 1:"),
    ),
    Rule(
        "DSK-2.13",
        "What is not known of an order does not hold, so its opposite does.",
        f"{SHOWN}::test_each_filter_alone_leaves_some_and_not_all",
        Change(
            OF_SCHEMA, "not_(func.coalesce(_holds(filter, standing), literal(False)))", "not_(_holds(filter, standing))"
        ),
    ),
    Rule(
        "DSK-2.14",
        "The buyer narrows by no salesperson.",
        f"{SHOWN}::test_a_buyer_narrows_by_nothing_that_is_the_sellers",
        Change(OF_SCHEMA, "    if standing.role not in SELLER_SIDE:", "    if standing.role is None:"),
    ),
    Rule(
        "DSK-2.15",
        "The dispatch deadline that lists go by is the one that counts, not one that was moved.",
        "tests/domain/test_listing.py::test_the_dispatch_deadline_is_the_one_that_counts",
        Change(
            "app/domain/deadlines.py",
            "if row.kind is kind and row.status in standing), None)",
            "if row.kind is kind), None)",
        ),
    ),
    Rule(
        "DSK-2.16",
        "Who missed more than 5,000 changes of a list begins anew.",
        f"{FOLLOWED}::test_who_missed_too_much_begins_anew",
        Change("app/events/tunables.py", "relisted: int = 5_000", "relisted: int = 50_000"),
    ),
    Rule(
        "DSK-2.17",
        "A cursor is of one filter and of one view.",
        f"{FOLLOWED}::test_the_cursor_of_a_filter_is_of_no_other",
        Change(OF_CURSORS, "    if found[3] != scope:", "    if not found[3]:"),
    ),
    Rule(
        "DSK-2.18",
        "An order that is given to a colleague goes from the list of sales who see their own.",
        f"{FOLLOWED}::test_an_order_that_is_given_to_a_colleague_goes_from_one_list_to_another",
        Change(OF_LISTS, "if after else ListChange.LEAVE", "if after else ListChange.UPDATE"),
    ),
    Rule(
        "DSK-2.19",
        "Nothing is told of what is hidden from the viewer.",
        f"{FOLLOWED}::test_a_buyer_is_told_nothing_of_labels_and_notes",
        Change("app/events/lists.py", "(moved or event.kind in self.kinds)", "(moved or event.kind != self.kinds)"),
    ),
    Rule(
        "DSK-2.20",
        "The buyer narrows by no source of the lead.",
        f"{SHOWN}::test_a_buyer_narrows_by_nothing_that_is_the_sellers",
        Change(
            OF_SCHEMA,
            "return _among(o.lead_source, values) if standing.role in SELLER_SIDE else false()",
            "return _among(o.lead_source, values)",
        ),
    ),
    Rule(
        "DSK-2.21",
        "The buyer does not hear where an order came from.",
        "tests/domain/test_leads.py::test_the_source_of_a_lead_is_said_and_put_right",
        Change("app/domain/happenings.py", "    EventKind.LEAD_SOURCE_SET: SELLER_SIDE,", ""),
    ),
    Rule(
        "DSK-2.22",
        "An order may be lent on from when the money that its dispatch waits for is in until it is received.",
        f"{LISTS}::test_where_an_order_is_that_may_be_lent_on",
        Change(OF_LISTS, "LENT_ON = (*STATUSES[OrderTab.TO_DISPATCH], *", "LENT_ON = (*STATUSES[OrderTab.TO_PAY], *"),
    ),
    Rule(
        "DSK-2.23",
        "What is overdue, or was dispatched late, is not lent on.",
        f"{LENT_ON}::test_an_overdue_order_is_not_lent_on",
        Change(OF_SCHEMA, "    o.overdue_at.is_(None),", "    true(),"),
    ),
    Rule(
        "DSK-2.24",
        "What was not delivered when it was promised is not lent on.",
        f"{SHOWN}::test_a_buyer_narrows_by_nothing_that_is_the_sellers",
        Change(OF_SCHEMA, "    o.delivery_overdue_at.is_(None),", "    true(),"),
    ),
    Rule(
        "DSK-2.25",
        "What is in dispute is not lent on.",
        f"{LENT_ON}::test_an_order_in_dispute_is_not_lent_on",
        Change(OF_SCHEMA, "    not_(o.disputed),", "    true(),"),
    ),
    Rule(
        "DSK-2.26",
        "The buyer finds nothing by what is lent on.",
        f"{LENT_ON}::test_it_is_the_sellers_side_s_to_know",
        Change(OF_SCHEMA, "if OrderService.LOAN_ELIGIBLE in services and", "if services is None and"),
    ),
)
