"""The same question in other words has the same answer, by as many statements: nothing is made for one document."""

import random

from app.graphql.limits import Limits
from app.graphql.schema import engine, schema
from tests.documents import Document, Generator
from tests.reads.bazaar import Bazaar
from tests.reads.comparing import Answer, Pair
from tests.reads.stock import Stock, type_of
from tests.reads.variants import extracted, named_back, renamed, shuffled
from tests.sizes import size

PYTHON = frozenset(
    f"Query.{name}"
    for name, field in schema._schema.type_map["Query"].fields.items()  # type: ignore[attr-defined]
    if ("Query", name) not in engine.catalog.elsewhere
)


async def test_a_question_in_other_words_has_the_same_answer_by_one_statement(fair: Bazaar) -> None:
    chance = random.Random("variants")
    stock = await Stock.of(fair, chance)
    generator = Generator(
        schema._schema, chance, stock.values, depth=6, width=6, budget=30, without=PYTHON, type_of=type_of
    )
    # renamed, every field has an alias
    asker, told = Pair(engine.operations, fair.context, limits=Limits(aliases=500)), 0
    while told < size("questions in other words"):
        document = generator.document(chance.randint(1, 3))
        viewer = chance.choice(list(fair.viewers))
        answer = await one_statement(fair, asker, document, viewer)
        if answer.codes:
            continue
        told += 1
        for variant in (renamed(document), shuffled(document, chance), extracted(document, schema._schema)):
            other = await one_statement(fair, asker, variant, viewer)
            assert named_back(other.said) == answer.said, f"{viewer}\n{document.text}\n{variant.text}"


async def one_statement(fair: Bazaar, asker: Pair, document: Document, viewer: str) -> Answer:
    """The planned answer, for which one statement was run, or none where nothing has to be read."""
    with fair.kit.reader.recorded() as log:
        answer = await asker.ask(asker.planned, document, viewer)
    assert answer.codes or len(log) <= 1, f"{viewer}: {len(log)} statements\n{document.text}"
    return answer
