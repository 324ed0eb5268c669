"""Section 12, the seller's desk (DSK), sentence by sentence."""

from tests.ruled.rule import Change, Rule

DESK, MANY = "tests/domain/test_desk.py", "tests/domain/test_many.py"
MEMBERS = "tests/domain/test_members.py"
OF_LABELS, OF_NOTES, OF_MANY = "app/domain/labels.py", "app/domain/notes.py", "app/domain/many.py"
RATES, SUPPOSING, RANKING = (f"tests/domain/test_{name}.py" for name in ("punctuality", "supposing", "ranking"))
LISTING, SHOWN, MADE = "tests/domain/test_listing.py", "tests/lists/test_rates.py", "tests/jobs/test_ranking.py"
OF_RATES, OF_SUPPOSING = "app/domain/punctuality.py", "app/domain/supposing.py"
OF_RANKING, OF_POLICY, OF_LISTING = "app/domain/ranking.py", "app/domain/policy.py", "app/domain/listing.py"
OF_SCHEMA, OF_LISTS = "app/schema/punctuality.py", "app/domain/order_lists.py"
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
    Rule(
        "DSK-4.1",
        "What was dispatched in full by its deadline is kept.",
        f"{RATES}::test_dispatched_in_full_by_the_deadline_is_kept",
        Change(OF_RATES, "return at is not None and in_time(at, due_at)", "return at is not None and at < due_at"),
    ),
    Rule(
        "DSK-4.2",
        "An order counts from its deadline on, not before.",
        f"{RATES}::test_an_order_counts_from_its_deadline_on",
        Change(OF_RATES, "if in_time(now, promise.due_at):", "if now < promise.due_at:"),
    ),
    Rule(
        "DSK-4.3",
        "The rate goes back 30 days (policy).",
        f"{RATES}::test_the_first_policy",
        Change(OF_POLICY, '"dispatch_rate_days": 30', '"dispatch_rate_days": 31'),
    ),
    Rule(
        "DSK-4.4",
        "A deadline of exactly 30 days ago still counts, and none before it.",
        f"{RATES}::test_an_order_counts_for_thirty_days",
        Change(OF_RATES, "return since <= promise.due_at and", "return since < promise.due_at and"),
    ),
    Rule(
        "DSK-4.5",
        "Its days are those of the calendar.",
        f"{RATES}::test_a_day_back_is_a_day_of_the_calendar",
        Change(
            OF_RATES, "return calendar.plus_days(now, -days)", "return now - days * (calendar.plus_days(now, 1) - now)"
        ),
    ),
    Rule(
        "DSK-4.6",
        "What closed before its deadline is left out.",
        f"{RATES}::test_closed_before_its_deadline_or_waived_is_left_out",
        Change(OF_RATES, "    if promise.closed:", "    if promise.closed and promise.in_time:"),
    ),
    Rule(
        "DSK-4.7",
        "What is waived is left out, in time or not.",
        f"{RATES}::test_a_waived_order_is_left_out_dispatched_in_time_or_not",
        Change(OF_RATES, "    if promise.waived:", "    if promise.waived and not promise.in_time:"),
    ),
    Rule(
        "DSK-4.8",
        "Where none was due there is no rate, not 100 %.",
        f"{RATES}::test_none_due_is_no_rate",
        Change(OF_RATES, "if due else None", "if due else Decimal(1)"),
    ),
    Rule(
        "DSK-4.9",
        "A rate is rounded half up to four places.",
        f"{RATES}::test_half_a_place_is_rounded_up",
        Change(OF_RATES, "quantize(PLACES, ROUND_HALF_UP)", 'quantize(PLACES, "ROUND_HALF_EVEN")'),
    ),
    Rule(
        "DSK-4.10",
        "The deadline that an order is judged by is the amended one, and that which ended with it when it closed.",
        f"{LISTING}::test_the_deadline_that_an_order_is_rated_by_is_kept_when_it_closes",
        Change(OF_LISTING, "kept = clock is None and trade.order.status is Status.CLOSED", "kept = False"),
    ),
    Rule(
        "DSK-4.11",
        "What is late stays late, dispatched now or not.",
        f"{SUPPOSING}::test_an_order_that_is_late_stays_late",
        Change(
            OF_SUPPOSING,
            "promise(now if each is Effect.IN_TIME else",
            "promise(facts.due_at if each is Effect.TOO_LATE else",
        ),
    ),
    Rule(
        "DSK-4.12",
        "What would be in time counts once its deadline has fallen.",
        f"{SUPPOSING}::test_what_is_in_time_counts_from_its_deadline_on",
        Change(OF_SUPPOSING, "ahead = (facts.due_at for", "ahead = (now for"),
    ),
    Rule(
        "DSK-4.13",
        "Nothing else is taken to be dispatched until then.",
        f"{SUPPOSING}::test_what_nobody_names_stays_as_it_is",
        Change(OF_SUPPOSING, "rate(if_done, calendar, days, at)", "rate(if_done[-len(chosen) :], calendar, days, at)"),
    ),
    Rule(
        "DSK-4.14",
        "What is overdue is counted whether or not anybody has noticed.",
        f"{SHOWN}::test_figures_agree_with_plain_python",
        Change(OF_SCHEMA, "and_(_open, _due <=", "and_(_open, o.overdue_at <="),
    ),
    Rule(
        "DSK-4.15",
        "What is due within 24 hours is due within 72.",
        f"{SHOWN}::test_figures_agree_with_plain_python",
        Change(OF_LISTS, "DeskFigure.DUE_WITHIN_72_HOURS: 72", "DeskFigure.DUE_WITHIN_72_HOURS: 71"),
    ),
    Rule(
        "DSK-4.16",
        "At most 250 orders, and at least one, are supposed to be dispatched.",
        "tests/api/test_figures.py::test_who_may_not_suppose",
        Change(
            "app/actions/punctuality.py",
            '    check_number(named, "orderIds")',
            '    check_number([*named, actor], "orderIds")',
        ),
    ),
    Rule(
        "DSK-5.1",
        "The rate of delivery and the ranking go back 90 days (policy).",
        f"{RATES}::test_the_first_policy",
        Change(OF_POLICY, '"delivery_ranking_days": 90', '"delivery_ranking_days": 91'),
    ),
    Rule(
        "DSK-5.2",
        "It takes at least 10 promises to be ranked.",
        f"{RANKING}::test_it_takes_ten_promises",
        Change(OF_RANKING, "if tally.due >= least", "if tally.due > least"),
    ),
    Rule(
        "DSK-5.3",
        "The first policy asks for 10 promises.",
        f"{RATES}::test_the_first_policy",
        Change(OF_POLICY, '"delivery_ranking_least": 10', '"delivery_ranking_least": 11'),
    ),
    Rule(
        "DSK-5.4",
        "The larger part kept stands first, exactly.",
        f"{RANKING}::test_the_larger_kept_part_stands_first",
        Change(OF_RANKING, "return Fraction(self.kept, self.due)", "return Fraction(round(self.kept / self.due, 3))"),
    ),
    Rule(
        "DSK-5.5",
        "Who kept the same part shares a place, after which as many are left free.",
        f"{RANKING}::test_the_same_part_is_the_same_place",
        Change(
            OF_RANKING,
            "places[-1].place if equal else position",
            "places[-1].place if equal else len({each.place for each in places}) + 1",
        ),
    ),
    Rule(
        "DSK-5.6",
        "Of those who promised more stands first.",
        f"{RANKING}::test_the_same_part_is_the_same_place",
        Change(OF_RANKING, "(-tally.share, -tally.due, tally.seller_id)", "(-tally.share, tally.seller_id)"),
    ),
    Rule(
        "DSK-5.7",
        "Automatic receipt is no delivery.",
        f"{SHOWN}::test_figures_agree_with_plain_python",
        Change("app/db/punctuality.py", "case((o.received_by == By.BUYER.value, o.completed_at))", "o.completed_at"),
    ),
    Rule(
        "DSK-5.8",
        "The ranking is made once a day.",
        f"{MADE}::test_whoever_sweeps_makes_it",
        Change("app/jobs/scheduler.py", "if now >= self._ranks_at:", "if now:"),
    ),
    Rule(
        "DSK-5.9",
        "It is of what had fallen due when the day began.",
        f"{MADE}::test_it_is_made_once_a_day",
        Change("app/actions/ranking.py", "began = calendar.start_of(day)", "began = now"),
    ),
    Rule(
        "DSK-5.10",
        "Nobody else is told by which numbers a seller is ranked.",
        f"{SHOWN}::test_the_ranking_agrees_with_plain_python",
        Change(
            "app/schema/ranking.py",
            'column(p.kept, "How many promises were kept; null for others.", to=SELLER_SIDE, only=_own)',
            'column(p.kept, "How many promises were kept; null for others.", to=SELLER_SIDE)',
        ),
    ),
)
