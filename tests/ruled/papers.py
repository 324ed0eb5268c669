"""Papers made of an order: the proforma invoice (ORD-12), sentence by sentence."""

from tests.ruled.rule import Change, Rule

PAPERS = "tests/printed/test_papers.py"
OF_TERMS, OF_SUMS, OF_PROFORMA = "app/papers/terms.py", "app/papers/sums.py", "app/papers/proforma.py"
EVERY_TERM = f"{PAPERS}::test_every_agreed_term_is_printed_in_its_place"

RULES = (
    Rule(
        "ORD-12.1",
        "The proforma invoice says every agreed term.",
        EVERY_TERM,
        Change(OF_TERMS, '(Words("Incoterms® 2020", "贸易术语"), _incoterm(contract)),', ""),
    ),
    Rule(
        "ORD-12.2",
        "It says the payment schedule, each instalment with what is left to pay of it.",
        EVERY_TERM,
        Change(OF_SUMS, 'tuple(_instalment(each) for each in funds["instalments"]) or ', ""),
    ),
    Rule(
        "ORD-12.3",
        "It says the collection accounts.",
        EVERY_TERM,
        Change(
            OF_SUMS,
            'for account in order["funds"]["collectionAccounts"]',
            'for account in order["funds"]["collectionAccounts"][1:]',
        ),
    ),
    Rule(
        "ORD-12.4",
        "It says the guarantees.",
        EVERY_TERM,
        Change(OF_TERMS, 'DISPATCH if promise["guaranteed"] else NOT_PROMISED', "NOT_PROMISED"),
    ),
    Rule(
        "ORD-12.5",
        "A deadline that an amendment moved is printed no more.",
        f"{PAPERS}::test_a_moved_deadline_is_printed_no_more",
        Change(OF_TERMS, 'and each["status"] not in gone', ""),
    ),
    Rule(
        "ORD-12.6",
        "An offer and a closed order are no contract, and say so at the head.",
        f"{PAPERS}::test_the_paper_says_how_far_the_order_is",
        Change(OF_PROFORMA, "and status is not Status.CLOSED,", ","),
    ),
    Rule(
        "ORD-12.7",
        "An offer says what will be paid: the deposit and the rest of the agreed total.",
        f"{PAPERS}::test_an_offer_shows_its_instalments_before_they_are_there",
        Change(OF_SUMS, "InstalmentKind.BALANCE: total - first}", "InstalmentKind.BALANCE: total}"),
    ),
    Rule(
        "ORD-12.8",
        "What people wrote is text on it, and nothing else.",
        f"{PAPERS}::test_what_people_wrote_is_text_and_nothing_else",
        Change("app/papers/page.py", 'return f"<bdi>{escape(text)}</bdi>"', 'return f"<bdi>{text}</bdi>"'),
    ),
    Rule(
        "ORD-12.9",
        "Nothing is printed that turns the direction of what stands near it.",
        f"{PAPERS}::test_nothing_unseen_is_printed",
        Change("app/papers/paper.py", '_TURNING.sub("", ', '_TURNING.sub("\\\\g<0>", '),
    ),
)
