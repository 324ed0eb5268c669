"""The fuzz: operations generated from the schema and compared for several viewers; each answer guides what is next."""

import random
from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from app.graphql.errors import Code
from app.graphql.schema import schema
from app.reads.kept import Counts
from tests.documents import Document, Generator
from tests.reads.bazaar import Bazaar
from tests.reads.comparing import Answer, Different, Pair
from tests.reads.coverage import Coverage, reachable
from tests.reads.shrinking import TRIES, shrunk
from tests.reads.stock import Stock, type_of
from tests.reads.walking import walked

# what a valid document may be refused for before it runs: it is too much, or its variables are wrong
EXPECTED = {
    *(Code.COST_LIMIT, Code.ALIAS_LIMIT, Code.DEPTH_LIMIT, Code.DIRECTIVE_LIMIT, Code.REPEAT_LIMIT),
    *(Code.PAGE_SIZE_LIMIT, Code.BAD_USER_INPUT),
}
# who looks how often first: operators see what nobody else does
SHARES = {"operator": 10, "buyer": 7, "owner": 4, "finance": 2, "sales": 2}
SPOILT = 0.15
PRESUMED = 0.1
WRONG: list[Any] = [
    None,
    "wrong",
    "us",
    "2024-02-30T00:00Z",
    -1,
    2**40,
    1.5,
    [],
    {},
    {"unknown": 1},
    [None],
    "\U0001f600",
]


@dataclass
class Fuzz:
    """Asks a pair, and learns from the answers what to ask next."""

    bazaar: Bazaar
    pair: Pair
    stock: Stock
    seed: str
    chance: random.Random
    # how many smaller documents are tried when one shows a difference
    tries: int = TRIES
    # how often a variable is spoilt, for one of the three who ask the same
    spoilt: float = SPOILT
    generator: Generator = field(init=False)
    coverage: Coverage = field(default_factory=lambda: Coverage(reachable(schema._schema)))
    outcomes: Counter[str] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    documents: int = 0

    @classmethod
    async def of(cls, bazaar: Bazaar, pair: Pair, seed: str) -> "Fuzz":
        """A fuzz by a seed."""
        chance = random.Random(seed)
        made = cls(bazaar, pair, await Stock.of(bazaar, chance), seed, chance)
        made.stock.choose = made.coverage.kinds
        made.generator = Generator(
            schema._schema,
            chance,
            made.stock.values,
            depth=7,
            width=8,
            budget=50,
            interest=made.coverage,
            type_of=type_of,
        )
        return made

    async def run(self, cases: int) -> None:
        """Compare so many cases: a document with its variables, for a viewer."""
        while self.cases < cases:
            self.coverage.aim(self.chance)
            self.documents += 1
            document = self.generator.document(self.chance.randint(1, 3))
            another = Document(document.text, self.generator.again())
            first, second = self._viewers()
            for each, viewer in (document, first), (another, first), (self._spoilt(document), second):
                await self._case(each, viewer)

    def _viewers(self) -> list[str]:
        """Two viewers, now and then the same."""
        names = list(self.bazaar.viewers)
        return self.chance.choices(names, [SHARES.get(name, 1) for name in names], k=2)

    def _spoilt(self, document: Document) -> Document:
        """The document with one variable that is wrong, missing or too much, now and then."""
        if self.chance.random() > self.spoilt or not document.variables:
            return document
        name = self.chance.choice(sorted(document.variables))
        wrong = self.chance.choice(WRONG)
        return Document(document.text, {**document.variables, name: wrong, "unknown": wrong})

    @property
    def planned(self) -> float:
        """How many of the answers without an error were planned, a part at least."""
        return (self.ways["planned"] + self.ways["planned in part"]) / max(1, self.ways.total())

    def figures(self) -> dict[str, str]:
        """What the fuzz has seen."""
        return self.coverage.figures() | {
            "cases": f"{self.cases} of {self.documents} documents",
            "answers without errors": ", ".join(f"{many} {way}" for way, many in self.ways.most_common()),
            "others": ", ".join(f"{many} {how}" for how, many in self.outcomes.most_common() if how != "answered"),
        }

    async def _case(self, document: Document, viewer: str) -> None:
        counts = copy(self.pair.plans.counts)
        try:
            answer = await self.pair.compare(document, viewer)
            if not answer.refused and self.chance.random() < PRESUMED:
                await self.pair.presume(document, viewer, answer)
        except Different as found:
            await self._tell(document, viewer, found)
            raise
        self.cases += 1
        self.outcomes[_outcome(answer)] += 1
        if not answer.codes:
            self.ways[_way(counts, self.pair.plans.counts)] += 1
        if answer.refused:
            assert set(answer.codes) <= EXPECTED, f"{answer.said}\n{document.text}\n{document.variables}"
        elif answer.said["data"] is not None:
            self._learn(document, answer.said["data"])

    def _learn(self, document: Document, data: Any) -> None:
        for seen in walked(schema._schema, self.pair.parsed(document), document.variables, data):
            self.coverage.add(seen)
            self.stock.learn(seen)

    async def _tell(self, document: Document, viewer: str, found: Different) -> None:
        """Add to a difference the smallest document that shows it."""
        smallest = await shrunk(document, lambda candidate: self.pair.differs(candidate, viewer), self.tries)
        again = await self.pair.difference(smallest, viewer)
        found.add_note(f"seed {self.seed!r}, case {self.cases}, {viewer}, in its smallest form:")
        found.add_note(f"{smallest.text}\n{smallest.variables}\n{again}")


def _way(before: Counts, after: Counts) -> str:
    """How the planned side came to an answer without errors."""
    planned, fell = after.planned > before.planned, after.fallen_back > before.fallen_back
    if fell:
        return "planned in part" if planned else "planned in vain"
    return "planned" if planned else "never planned"


def _outcome(answer: Answer) -> str:
    """In a word, how it went."""
    if not answer.codes:
        return "answered"
    return f"{'refused' if answer.refused else 'in part'}: {', '.join(sorted(set(answer.codes)))}"
