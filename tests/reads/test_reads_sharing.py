"""Two viewers share nothing: each is answered as if alone, whoever else asks the same at the same time."""

import asyncio
import random
from itertools import combinations

from app.graphql.requests import GraphQLRequest
from app.graphql.schema import engine, schema
from app.graphql.sharing import shared
from tests.documents import Document, Generator
from tests.reads.bazaar import Bazaar
from tests.reads.comparing import Answer, Pair
from tests.reads.stock import Stock, type_of

TRIED, KEPT = 30, 3
UPDATES = "subscription ($order: ID!, $after: String) { orderUpdates(orderId: $order, after: $after) { cursor } }"


async def telling_documents(fair: Bazaar, asker: Pair) -> list[tuple[Document, dict[str, Answer]]]:
    """The documents whose answers differ most from viewer to viewer, with what each is answered alone."""
    chance = random.Random("sharing")
    stock = await Stock.of(fair, chance)
    generator = Generator(schema._schema, chance, stock.values, depth=6, width=8, budget=40, type_of=type_of)
    found = []
    for _ in range(TRIED):
        document = generator.document(2)
        answers = {viewer: await asker.ask(asker.reference, document, viewer) for viewer in fair.viewers}
        found.append((document, answers))
    found.sort(key=lambda each: _different(each[1]), reverse=True)
    assert _different(found[KEPT - 1][1]) >= 4
    return found[:KEPT]


def _different(answers: dict[str, Answer]) -> int:
    return len({answer.body for answer in answers.values()})


async def test_every_pair_of_viewers_is_answered_as_if_each_were_alone(fair: Bazaar) -> None:
    """Interleaved and at once, on one object."""
    asker = Pair(engine.operations, fair.context)
    documents = await telling_documents(fair, asker)
    for one, other in combinations(fair.viewers, 2):
        for document, alone in documents:
            asked = [one, other, other, one]
            answers = await asyncio.gather(*(asker.ask(asker.planned, document, viewer) for viewer in asked))
            for viewer, answer in zip(asked, answers, strict=True):
                assert answer.said == alone[viewer].said, f"{one}, {other}\n{document.text}"


async def test_two_viewers_are_in_one_group_only_if_they_see_the_same(fair: Bazaar) -> None:
    asker = Pair(engine.operations, fair.context)
    operation = asker.planned.prepare(GraphQLRequest(UPDATES, {"order": "ord_1", "after": None}, None))
    for one, other in combinations(filter(None, fair.viewers.values()), 2):
        first, second = shared(operation, one.viewer), shared(operation, other.viewer)
        assert first is not None and second is not None
        assert (first.key == second.key) == (one.viewer == other.viewer)
