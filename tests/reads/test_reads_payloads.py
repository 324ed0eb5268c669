"""What mutations answer and subscriptions send, selected at random: written alike by plan and by graphql-core."""

import random
from typing import Any

import pytest
from graphql import FieldNode, GraphQLResolveInfo, OperationType

from app.graphql.operations import Operation, Operations
from app.graphql.schema import engine, schema
from tests.documents import Generator
from tests.reads.bazaar import Bazaar
from tests.reads.comparing import Pair
from tests.reads.payloads import Payloads
from tests.reads.stock import Stock, type_of
from tests.sizes import size

SERVED = schema._schema


async def generator_of(fair: Bazaar, chance: random.Random) -> tuple[Generator, Payloads]:
    """What writes operations, and what makes payloads for them."""
    stock = await Stock.of(fair, chance)
    generator = Generator(SERVED, chance, stock.values, depth=5, width=6, budget=35, type_of=type_of)
    return generator, Payloads(chance, stock)


async def test_payloads_are_written_alike(fair: Bazaar, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a mutation's resolver answers."""
    chance = random.Random("payloads")
    generator, payloads = await generator_of(fair, chance)
    made: dict[Any, Any] = {}

    def resolve(source: object, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        key = info.path.key
        if key not in made:
            made[key] = payloads.of(info.return_type)
        return made[key]

    assert SERVED.mutation_type is not None
    for field in SERVED.mutation_type.fields.values():
        monkeypatch.setattr(field, "resolve", resolve)
    pair, answered = Pair(engine.operations, fair.context), 0
    before = engine.operations.counts.planned
    while answered < size("payloads and messages"):
        made.clear()
        document = generator.document(3, OperationType.MUTATION)
        answer = await pair.compare(document, chance.choice(list(fair.viewers)))
        answered += not answer.codes
    assert engine.operations.counts.planned - before > 0.8 * answered


async def test_messages_are_written_alike(fair: Bazaar) -> None:
    """Whatever a subscription's source yields."""
    chance = random.Random("messages")
    generator, payloads = await generator_of(fair, chance)
    made: dict[str, Any] = {}

    async def told(operations: Operations, operation: Operation, context: Any) -> bytes:
        (field,) = operation.node.selection_set.selections
        assert isinstance(field, FieldNode) and SERVED.subscription_type is not None
        name = field.name.value
        if name not in made:
            made[name] = payloads.of(SERVED.subscription_type.fields[name].type)
        return await operations.message(operation, context, made[name])

    pair, answered = Pair(engine.operations, fair.context, way=told), 0
    before = engine.operations.counts.planned
    while answered < size("payloads and messages"):
        made.clear()
        document = generator.document(1, OperationType.SUBSCRIPTION)
        answer = await pair.compare(document, chance.choice(list(fair.viewers)))
        answered += not answer.codes
    assert engine.operations.counts.planned - before > 0.8 * answered
