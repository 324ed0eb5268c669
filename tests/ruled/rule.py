"""What a rule of the rule book says in one sentence, the test that proves it, and a change that makes the test fail."""

import re
from typing import NamedTuple


class Change(NamedTuple):
    """A line of the product that is wrong: in a file, one fragment that stands there once, and what replaces it.

    The fragment may take in a neighbouring line to be the only one of its kind; one line of it is changed.
    """

    file: str
    old: str
    new: str


class Rule(NamedTuple):
    """A sentence of a rule that holds a number, a must or a refusal; `id` is the rule's own and the sentence's number.

    A section without rules of its own gives its number: 14.3 is the third sentence of section 14.
    """

    id: str
    says: str
    test: str
    change: Change

    @property
    def of(self) -> str:
        """The rule, or the section, that the sentence belongs to."""
        return self.id.rpartition(".")[0]

    @property
    def cited(self) -> str:
        """How docstrings name it."""
        return f"section {self.of}" if self.of.isdigit() else self.of


RULE_ID = re.compile(r"\b([A-Z]{3})-(\d+)(?: to [A-Z]{3}-(\d+))?\b")


def ids_in(text: str) -> set[str]:
    """Every rule that a text names, those between the ends of "ENR-1 to ENR-6" included."""
    return {
        f"{prefix}-{number}"
        for prefix, first, last in RULE_ID.findall(text)
        for number in range(int(first), int(last or first) + 1)
    }
