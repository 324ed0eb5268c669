"""Section 12, the seller's desk (DSK), sentence by sentence."""

from tests.ruled.rule import Change, Rule

DESK, BULK = "tests/domain/test_desk.py", "tests/actions/test_bulk.py"
OF_LABELS, OF_NOTES, OF_BULK = "app/domain/labels.py", "app/domain/notes.py", "app/actions/bulk.py"
OF_EVENTS = "app/domain/happenings.py"

RULES = (
    Rule(
        "DSK-3.1",
        "An order has at most 20 labels.",
        f"{DESK}::test_an_order_has_so_many_labels",
        Change(OF_LABELS, "LABELS_MOST = 20", "LABELS_MOST = 21"),
    ),
    Rule(
        "DSK-3.2",
        "A label has 1 to 50 characters.",
        f"{DESK}::test_an_order_has_so_many_labels",
        Change(OF_LABELS, "LABEL_LONGEST = 50", "LABEL_LONGEST = 51"),
    ),
    Rule(
        "DSK-3.3",
        "A label is on an order once, whatever its case.",
        f"{DESK}::test_a_label_is_there_once",
        Change(OF_LABELS, "labels = {each.casefold(): each", "labels = {each: each"),
    ),
    Rule(
        "DSK-3.4",
        "A request for labels names at least one.",
        f"{DESK}::test_some_label_is_named",
        Change(OF_LABELS, "if not add and not remove:", "if add and remove:"),
    ),
    Rule(
        "DSK-3.5",
        "The buyer does not hear of labels.",
        f"{DESK}::test_labels_are_put_on_and_taken_off",
        Change(OF_EVENTS, "    EventKind.LABELS_CHANGED: SELLER_SIDE,", ""),
    ),
    Rule(
        "DSK-3.6",
        "An order has at most 100 private notes.",
        f"{DESK}::test_an_order_has_so_many_notes",
        Change(OF_NOTES, "NOTES_MOST = 100", "NOTES_MOST = 101"),
    ),
    Rule(
        "DSK-3.7",
        "A private note has 1 to 2,000 characters.",
        f"{DESK}::test_an_order_has_so_many_notes",
        Change(OF_NOTES, "NOTE_LONGEST = 2_000", "NOTE_LONGEST = 2_001"),
    ),
    Rule(
        "DSK-3.8",
        "The events of a note keep none of its words.",
        f"{DESK}::test_a_note_is_written_down",
        Change(OF_NOTES, 'EventKind.NOTE_ADDED, act, facts={"note":', "EventKind.NOTE_ADDED, act, facts={text:"),
    ),
    Rule(
        "DSK-3.9",
        "The buyer does not hear of private notes.",
        f"{DESK}::test_a_note_is_written_down",
        Change(OF_EVENTS, "    EventKind.NOTE_ADDED: SELLER_SIDE,", ""),
    ),
    Rule(
        "DSK-3.10",
        "A note is removed by whoever wrote it, or by the owner.",
        f"{DESK}::test_a_note_is_removed_by_who_wrote_it_or_by_the_owner",
        Change(OF_NOTES, "act.role is not Role.OWNER and note.author_id", "note.author_id"),
    ),
    Rule(
        "DSK-3.11",
        "A note is not removed by anybody else.",
        f"{DESK}::test_a_note_is_removed_by_who_wrote_it_or_by_the_owner",
        Change(OF_NOTES, "note.author_id != act.account_id", "note.author_id is None"),
    ),
    Rule(
        "DSK-3.12",
        "From 1 to 250 orders are acted upon at once.",
        f"{BULK}::test_none_and_too_many_are_refused",
        Change(OF_BULK, "ITEMS_MOST = 250", "ITEMS_MOST = 249"),
    ),
    Rule(
        "DSK-3.13",
        "Each order of many has a key of its own, so that a retry goes on where its first try was cut off.",
        f"{BULK}::test_a_retry_goes_on_where_the_first_try_was_cut_off",
        Change(OF_BULK, "    return replace(call, key=own)", "    return replace(call, key=None)"),
    ),
    Rule(
        "DSK-3.14",
        "Under the key of a request for many no other is served.",
        f"{BULK}::test_other_items_under_a_key_are_another_request",
        Change(
            OF_BULK,
            "        if await work.recall(connection, call) is not None:",
            "        if call.key is not None:",
        ),
    ),
)
