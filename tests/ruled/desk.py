"""Section 12, the seller's desk (DSK), sentence by sentence."""

from tests.ruled.rule import Change, Rule

DESK, MANY = "tests/domain/test_desk.py", "tests/domain/test_many.py"
MEMBERS = "tests/domain/test_members.py"
OF_LABELS, OF_NOTES, OF_MANY = "app/domain/labels.py", "app/domain/notes.py", "app/domain/many.py"
OF_EVENTS, OF_MEMBERS = "app/domain/happenings.py", "app/domain/members.py"

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
        "At most 250 orders are acted upon at once.",
        f"{MANY}::test_so_many_at_once",
        Change(OF_MANY, "ITEMS_MOST = 250", "ITEMS_MOST = 251"),
    ),
    Rule(
        "DSK-3.13",
        "At least one order is acted upon.",
        f"{MANY}::test_so_many_at_once",
        Change(OF_MANY, "if not 0 < len(items) <= ITEMS_MOST:", "if not len(items) <= ITEMS_MOST:"),
    ),
    Rule(
        "DSK-3.14",
        "Each order of many has a key of its own, so that a retry goes on where its first try was cut off.",
        f"{MANY}::test_each_order_has_a_key_of_its_own",
        Change(OF_MANY, 'f"{key}:{order_id.hex}"', "key"),
    ),
    Rule(
        "DSK-3.15",
        "The orders of a removed member go to the colleague who is named.",
        f"{MEMBERS}::test_orders_pass_to_a_colleague_or_to_the_owner",
        Change(OF_MEMBERS, "asked if successor_id is None else", "asked if successor_id else"),
    ),
    Rule(
        "DSK-3.16",
        "Where nobody is named they go to the owner who removes the member.",
        f"{MEMBERS}::test_orders_pass_to_a_colleague_or_to_the_owner",
        Change(OF_MEMBERS, "if each.account_id == act.account_id), owners[0])", "if each is member), owners[0])"),
    ),
    Rule(
        "DSK-3.17",
        "The last owner is not removed.",
        f"{MEMBERS}::test_who_cannot_be_removed_and_who_cannot_take_over",
        Change(
            OF_MEMBERS, "for each in left if each.role is Role.OWNER", "for each in active if each.role is Role.OWNER"
        ),
    ),
    Rule(
        "DSK-3.18",
        "Whoever was removed takes nothing over.",
        f"{MEMBERS}::test_who_cannot_be_removed_and_who_cannot_take_over",
        Change(OF_MEMBERS, "for member in team if member.removed_at is None]", "for member in team]"),
    ),
    Rule(
        "DSK-3.19",
        "An order that somebody assigned meanwhile stays where it is.",
        f"{MEMBERS}::test_an_order_is_handed_over_unless_it_has_gone_elsewhere",
        Change(OF_MEMBERS, "salesperson_id != handover.from_id:", "salesperson_id is None:"),
    ),
)
