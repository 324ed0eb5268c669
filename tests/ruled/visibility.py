"""Section 0, words, and section 13, who sees what, sentence by sentence."""

from tests.ruled.rule import Change, Rule

MONEY, DAYS, POLICY = "tests/domain/test_money.py", "tests/domain/test_calendar.py", "tests/domain/test_policy.py"
ACCESS, SHOWN, ORDERS = "tests/domain/test_access.py", "tests/test_visibility.py", "tests/domain/test_orders.py"
OF_MONEY, OF_ACCESS, OF_EVENTS = "app/domain/money.py", "app/domain/access.py", "app/domain/happenings.py"
EVENT_ROWS = f"{SHOWN}::test_every_event_type_has_its_row_and_is_heard_by_whom_the_row_says"
FILES, OF_FILES = "tests/domain/test_attachments.py", "app/domain/attachments.py"

WORDS = (
    Rule(
        "0.1",
        "A computed amount is rounded half away from zero.",
        f"{MONEY}::test_worked_examples_of_rounding",
        Change(OF_MONEY, "+ value.denominator) //", "+ value.denominator - 1) //"),
    ),
    Rule(
        "0.2",
        "A negative amount is rounded away from zero as well.",
        f"{MONEY}::test_halves_go_away_from_zero",
        Change(
            OF_MONEY,
            "return magnitude if value >= 0 else -magnitude",
            "return magnitude if value >= 0 else 1 - magnitude",
        ),
    ),
    Rule(
        "0.3",
        "Nothing is ever a binary fraction.",
        f"{MONEY}::test_worked_examples_of_rounding",
        Change(OF_MONEY, "return half_up(minor * Fraction(factor))", "return half_up(minor * Fraction(float(factor)))"),
    ),
    Rule(
        "0.4",
        "KWD has three decimals, JPY none.",
        f"{MONEY}::test_minor_units",
        Change(OF_MONEY, '"BHD IQD JOD KWD LYD OMR TND".split(), 3)', '"BHD IQD JOD KWD LYD OMR TND".split(), 2)'),
    ),
    Rule(
        "0.5",
        "What a currency cannot express is no amount of it.",
        f"{MONEY}::test_what_is_no_amount",
        Change(OF_MONEY, "if not exact or scaled != scaled.to_integral_value():", "if not exact:"),
    ),
    Rule(
        "0.6",
        "A currency is an ISO 4217 code.",
        "tests/domain/test_contract.py::test_an_unknown_currency",
        Change(
            "app/domain/contract.py",
            "if currency is not None and currency not in DECIMALS:",
            "if currency is not None and not currency:",
        ),
    ),
    Rule(
        "0.7",
        "Time is kept in UTC.",
        f"{DAYS}::test_within_n_days_is_the_end_of_a_day",
        Change("app/domain/calendar.py", "ZoneInfo(self.zone)).astimezone(UTC)", "ZoneInfo(self.zone))"),
    ),
    Rule(
        "0.8",
        "The platform's wall clock runs in America/Los_Angeles (policy).",
        f"{POLICY}::test_the_platforms_calendar",
        Change("app/domain/policy.py", '"zone": "America/Los_Angeles"', '"zone": "UTC"'),
    ),
)

RULES = (
    Rule(
        "13.1",
        "Somebody who is no party to an order does not see it.",
        f"{ACCESS}::test_a_stranger_sees_nothing",
        Change(OF_ACCESS, "order.buyer_id == viewer.account_id and not hidden", "not hidden"),
    ),
    Rule(
        "13.2",
        "Another seller does not see it.",
        f"{ACCESS}::test_a_stranger_sees_nothing",
        Change(OF_ACCESS, "if order.seller_id == viewer.seller_id and mine", "if mine"),
    ),
    Rule(
        "13.3",
        "A seller's draft is not seen by its buyer.",
        f"{ACCESS}::test_a_draft_is_its_drafters_side_alone",
        Change(
            OF_ACCESS,
            "order.draft and order.drafted_by is not By.BUYER",
            "order.draft and order.drafted_by is By.BUYER",
        ),
    ),
    Rule(
        "13.4",
        "A buyer's draft is not seen by its seller.",
        f"{ACCESS}::test_a_draft_is_its_drafters_side_alone",
        Change(
            OF_ACCESS,
            "order.draft and order.drafted_by is not By.SELLER",
            "order.draft and order.drafted_by is By.SELLER",
        ),
    ),
    Rule(
        "13.5",
        "Sales see the orders assigned to them, or all, as the seller sets it.",
        f"{ACCESS}::test_sales_see_their_own_or_all",
        Change(OF_ACCESS, "mine = viewer.sees_all or", "mine = viewer.seller_id is not None or"),
    ),
    Rule(
        "13.6",
        "A token without the scope for finances turns an owner or finance into sales.",
        f"{ACCESS}::test_a_token_without_finances_looks_as_sales",
        Change(
            OF_ACCESS, "role = Role.SALES if self.role in (Role.OWNER, Role.FINANCE) and not finance else", "role ="
        ),
    ),
    Rule(
        "13.7",
        "A token that may not read orders sees none.",
        f"{ACCESS}::test_a_token_that_may_not_read_sees_nothing",
        Change(OF_ACCESS, "    if not viewer.reads:", "    if viewer.reads is None:"),
    ),
    Rule(
        "13.8",
        "The fee is for the seller's side only, its event too.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.FEE_CHARGED: SELLER_SIDE,", ""),
    ),
    Rule(
        "13.9",
        "A release is not shown to the buyer.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.FUNDS_RELEASED: SELLER_FINANCE,", ""),
    ),
    Rule(
        "13.10",
        "Withdrawals are for owner, finance and operators.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.WITHDRAWAL_MADE: SELLER_FINANCE,", "EventKind.WITHDRAWAL_MADE: SELLER_SIDE,"),
    ),
    Rule(
        "13.11",
        "The quota is for owner, finance and operators.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.QUOTA_SHORT: SELLER_FINANCE,", "EventKind.QUOTA_SHORT: SELLER_SIDE,"),
    ),
    Rule(
        "13.12",
        "The seller's references are the seller's.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.SELLER_REFERENCE_SET: SELLER_SIDE,", ""),
    ),
    Rule(
        "13.13",
        "The buyer's reference is the buyer's.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.BUYER_REFERENCE_SET: BUYER_SIDE,", ""),
    ),
    Rule(
        "13.14",
        "Of a draft its drafter's side alone hears.",
        f"{ORDERS}::test_a_draft_is_heard_of_by_its_drafter_alone",
        Change("app/domain/trade.py", "for_buyer = not private or order.drafted_by is By.BUYER", "for_buyer = True"),
    ),
    Rule(
        "13.15",
        "That an offer was taken back both sides hear.",
        f"{ORDERS}::test_a_draft_is_heard_of_by_its_drafter_alone",
        Change("app/domain/trade.py", " and kind is not EventKind.ORDER_REVISED", ""),
    ),
    Rule(
        "13.16",
        "A coupon is its buyer's: somebody else's does not exist.",
        "tests/domain/test_coupons.py::test_somebody_else_s_coupon_does_not_exist",
        Change(
            "app/domain/coupons.py",
            "if coupon is None or coupon.buyer_id != account_id:",
            "if coupon is None:",
        ),
    ),
    Rule(
        "13.17",
        "What becomes of it its buyer alone hears.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.COUPON_USED: BUYER_SIDE,", ""),
    ),
    Rule(
        "13.18",
        "Recoveries are for owner, finance and operators.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.RECOVERY_OWED: SELLER_FINANCE,", "EventKind.RECOVERY_OWED: SELLER_SIDE,"),
    ),
    Rule(
        "13.19",
        "Waivers are for owner, finance and operators.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.WAIVER_GRANTED: SELLER_FINANCE,", ""),
    ),
    Rule(
        "13.20",
        "Enrolment is the seller's side's.",
        EVENT_ROWS,
        Change(OF_EVENTS, "EventKind.ENROLMENT_JOINED: SELLER_SIDE,", ""),
    ),
    Rule(
        "13.21",
        "An entry's cause is hidden from whom it is not for, such as a coupon from the seller.",
        "tests/domain/test_disclosure.py::test_who_sees_which_cause",
        Change(
            "app/domain/disclosure.py",
            "CauseKind.COUPON: frozenset({Role.BUYER, Role.OPERATOR}),",
            "CauseKind.COUPON: WITH_LEDGER,",
        ),
    ),
    Rule(
        "13.22",
        "A file of an order is its parties'.",
        f"{FILES}::test_an_orders_files_are_its_parties",
        Change(OF_FILES, "return seen is not None and party_of(viewer, seen) is not None", "return True"),
    ),
    Rule(
        "13.23",
        "One that waits to be used is its uploader's.",
        f"{FILES}::test_a_waiting_file_is_its_uploaders",
        Change(OF_FILES, "return file.uploaded_by == viewer.account_id", "return file.seller_id == viewer.seller_id"),
    ),
    Rule(
        "13.24",
        "Documents of a verification are for owner, finance and operators.",
        f"{FILES}::test_a_document_is_for_owner_finance_and_operators",
        Change(
            OF_FILES,
            "file.seller_id == viewer.seller_id and viewer.role in (Role.OWNER, Role.FINANCE)",
            "file.seller_id == viewer.seller_id",
        ),
    ),
)
