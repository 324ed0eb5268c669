"""The rule book is proved sentence by sentence: each has a test, and each test sees the sentence broken."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from tests.breaking import PASSED, ROOT, changed, copy_with, run, unseen
from tests.ruled.rule import Change, Rule, ids_in
from tests.rules import NOT_YET, PLAIN, RULES, main
from tests.sizes import size

EACH = [pytest.param(rule, id=rule.id) for rule in RULES]
BOOK = (ROOT / "docs" / "rules.md").read_text()
SECTIONS = {"0", "13", "14", "15", "16", "18", "19"}


def sample() -> list[Rule]:
    """All rules, or the share of them that a short run breaks, spread over the whole book."""
    count = -(-len(RULES) * size("rules broken, in percent") // 100)
    return [RULES[at * len(RULES) // count] for at in range(count)]


@cache
def docstrings(file: str) -> dict[str, str]:
    """What each test of a file says it proves."""
    tree = ast.parse((ROOT / file).read_text())
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {node.name: ast.get_docstring(node) or "" for node in functions if node.name.startswith("test_")}


def proof_of(rule: Rule) -> str:
    """The docstring of the rule's test; KeyError when there is no such test."""
    file, _, name = rule.test.partition("::")
    return docstrings(file)[name.partition("[")[0]]


# --- the table --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", EACH)
def test_a_sentence_names_its_test_and_its_change(rule: Rule) -> None:
    """The test is there and cites the rule, and the change is of one line that stands where it is said to."""
    assert re.fullmatch(r"([A-Z]{3}-\d+|\d+)\.\d+", rule.id)
    assert rule.says.endswith(".")
    assert rule.cited in re.sub(r"\bSection\b", "section", proof_of(rule)), f"{rule.test} does not cite {rule.cited}"
    old, new = rule.change.old.split("\n"), rule.change.new.split("\n")
    assert len(old) == len(new)
    assert sum(before != after for before, after in zip(old, new, strict=True)) == 1
    assert changed((ROOT / rule.change.file).read_text(), rule.change)


def test_the_sentences_of_a_rule_are_numbered() -> None:
    """From 1, without a gap, in the order of the table; no two are broken by one change and seen by one test."""
    numbers = Counter[str]()
    for rule in RULES:
        numbers[rule.of] += 1
        assert rule.id == f"{rule.of}.{numbers[rule.of]}"
    twice = [pair for pair, times in Counter((rule.change, rule.test) for rule in RULES).items() if times > 1]
    assert twice == []


def test_no_rule_of_the_book_is_left_out() -> None:
    """Each rule the book names has its sentences here, or stands on one of the two lists kept by hand."""
    proved = {rule.of for rule in RULES}
    assert ids_in(BOOK) - proved - PLAIN.keys() - NOT_YET.keys() == set()
    assert {rule for rule in proved if not rule.isdigit()} <= ids_in(BOOK)
    assert {rule for rule in proved if rule.isdigit()} == SECTIONS
    assert PLAIN.keys() & (proved | NOT_YET.keys()) == set()


# --- the changes ------------------------------------------------------------------------------------------------


def test_without_a_change_the_named_tests_pass() -> None:
    """A copy of the product is as good as the product: what fails below fails by its change alone."""
    with copy_with(None) as folder:
        code, said = run(folder, sorted({rule.test for rule in sample()}))
    assert code == PASSED, said[-3_000:]


@pytest.mark.usefixtures("template")
@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in sample()])
def test_a_broken_sentence_is_seen(rule: Rule) -> None:
    """Whoever changes that one line makes that test fail; the databases it asks for are copied from what is whole."""
    assert unseen(rule.change, rule.test) == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Change("app/domain/calendar.py", "SECOND = timedelta(seconds=1)", "SECOND = timedelta(0, 1)"), "passes"),
        (Change("app/domain/calendar.py", "SECOND = timedelta(seconds=1)", "SECOND = None"), "only crashes"),
        (Change("app/domain/calendar.py", "SECOND = timedelta(seconds=1)", "SECOND ="), "pytest ends with"),
    ],
    ids=["no difference", "a crash", "no Python"],
)
def test_a_change_that_proves_nothing_is_found(change: Change, why: str) -> None:
    """A change nobody notices, one that only crashes and one that cannot even be read are no red test."""
    assert why in unseen(change, "tests/domain/test_calendar.py::test_the_worked_example_in_utc")


@pytest.mark.parametrize("old", ["never written", "SECOND"])
def test_a_fragment_stands_once(old: str) -> None:
    """A fragment that is gone, or that stands in several places, is no place to change."""
    with pytest.raises(ValueError, match="this fragment"):
        changed((ROOT / "app/domain/calendar.py").read_text(), Change("app/domain/calendar.py", old, "?"))


def test_the_table_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """`python -m tests.rules` prints each sentence with its test."""
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert all(f"{rule.id:9} {rule.says}" in printed and rule.test in printed for rule in RULES)
    assert main(["PAY-99"]) == 1
