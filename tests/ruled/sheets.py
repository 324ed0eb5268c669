"""Lists of orders as files (DSK-3), sentence by sentence; the first sentences of the rule are the desk's."""

from tests.ruled.rule import Change, Rule

SHEETS = "tests/actions/test_sheets.py"
OF_SHEETS, OF_WRITING, OF_FILES = "app/domain/sheets.py", "app/jobs/sheets.py", "app/papers/spreadsheets.py"

RULES = (
    Rule(
        "DSK-3.20",
        "Only members of a seller ask for a sheet.",
        f"{SHEETS}::test_who_may_ask",
        Change(OF_SHEETS, "actor.role not in SELLER_ROLES or actor.seller_id is None:", "actor.role is None:"),
    ),
    Rule(
        "DSK-3.21",
        "At most 250 orders are chosen.",
        f"{SHEETS}::test_how_much_may_be_asked",
        Change(OF_SHEETS, "ORDERS_MOST = 250", "ORDERS_MOST = 251"),
    ),
    Rule(
        "DSK-3.22",
        "At most 3 sheets of an account are written at once.",
        f"{SHEETS}::test_how_much_may_be_asked",
        Change(OF_SHEETS, "if waiting >= OPEN_MOST:", "if waiting > OPEN_MOST:"),
    ),
    Rule(
        "DSK-3.23",
        "Of chosen orders those that one may not see are left out.",
        f"{SHEETS}::test_chosen_orders_in_their_order",
        Change(OF_WRITING, "rows += len(found)", "rows += len(orders)"),
    ),
    Rule(
        "DSK-3.24",
        "Only whoever asked for a sheet calls it off.",
        f"{SHEETS}::test_called_off_it_leaves_nothing",
        Change(OF_SHEETS, "if sheet is None or sheet.account_id != actor.account_id:", "if sheet is None:"),
    ),
    Rule(
        "DSK-3.25",
        "What is whole, called off or given up cannot be called off.",
        f"{SHEETS}::test_called_off_it_leaves_nothing",
        Change(OF_SHEETS, "if sheet.state not in OPEN:", "if sheet.state is None:"),
    ),
    Rule(
        "DSK-3.26",
        "A sheet whose writer is silent is another's after a minute, and not before.",
        f"{SHEETS}::test_another_writer_goes_on_behind_what_was_written",
        Change(
            "app/db/sheets.py", "free = or_(_s.leased_until.is_(None), _s.leased_until < now)", "free = _s.id > _s.id"
        ),
    ),
    Rule(
        "DSK-3.27",
        "Whoever took it up goes on behind what was written.",
        f"{SHEETS}::test_another_writer_goes_on_behind_what_was_written",
        Change(OF_WRITING, "rows, cursor = [] if sheet.parts", "rows, cursor = [] if not sheet.parts"),
    ),
    Rule(
        "DSK-3.28",
        "Who has lost their place by then gets no file.",
        f"{SHEETS}::test_whoever_lost_their_place_gets_no_file",
        Change("app/auth.py", 'if row["removed_at"] is not None:', 'if row["removed_at"] == "":'),
    ),
    Rule(
        "DSK-3.29",
        "The file is kept for its time, to the last second of it.",
        f"{SHEETS}::test_it_is_kept_for_its_time",
        Change(OF_SHEETS, "expires_at=now + kept)", "expires_at=now + kept / 2)"),
    ),
    Rule(
        "DSK-3.30",
        "Orders are chosen or filtered, not both.",
        f"{SHEETS}::test_the_orders_of_a_filter",
        Change(OF_SHEETS, "if order_ids is not None and choice.filter is not None:", "if choice.filter is None:"),
    ),
    Rule(
        "DSK-3.31",
        "No cell of a CSV is a formula.",
        f"{SHEETS}::test_no_cell_of_a_csv_is_a_formula",
        Change(OF_FILES, 'return f"\'{value}" if value.startswith(_FORMULA) else value', "return value"),
    ),
)
