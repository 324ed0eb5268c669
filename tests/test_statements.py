"""One statement a root field and none a row: the README's queries, those of GraphiQL, and generated ones."""

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLNamedType, OperationDefinitionNode, OperationType, parse, validate
from sqlalchemy.ext.asyncio import AsyncEngine

from app.db.engine import Pool
from app.domain.access import Actor, Viewer
from app.domain.errors import Refusal
from app.graphql.schema import schema
from app.readme import README
from app.reads import Reader
from app.web.pages import examples
from tests.documents import Generator
from tests.market import Market, completed, confirmed, dispatched, drafted, open_market, paid, submitted
from tests.means import TestMeans
from tests.sizes import size

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
# answered by Python: they have tests of their own
PYTHON = {
    *("clock", "events", "changedOrders", "orderLink", "amendmentEffect"),
    *("ledgerProof", "orderAsOf", "checkoutQuote", "simulateOrder", "simulateDispatch", "sheetLink"),
}
LIST = """
query List {
  viewer { orders(first: 20) { totalCount nodes {
    id number version status stage overdue createdAt updatedAt
    buyer { name country } salesperson { name } sellerReference
    contract { agreedTotal { amount currencyCode } items { description quantity amount { amount } } }
    funds { status received { amount } missing { amount } estimatedFee { amount } released { amount }
            instalments { kind amount { amount } completedAt } nextPayment { amount { amount } methods { method } } }
    shipments { carrier trackingNumber dispatchedAt deliveredAt items { quantity } }
    deadlines { kind dueAt status rule inputs { name value } }
    availableActions { step available reason { code } }
  } pageInfo { hasNextPage endCursor } } }
}
"""


@dataclass
class Context:
    """The context of one operation."""

    viewer: Viewer | None
    now: datetime
    reader: Reader


@dataclass
class Shop:
    """A market with an order in each state, and a reader that can be listened to."""

    market: Market
    reader: Reader
    orders: list[UUID]

    async def statements(self, text: str, actor: Actor, variables: dict[str, Any] | None = None) -> Counter[Any]:
        """How many statements each root field took."""
        context = Context(actor.viewer, NOW, self.reader)
        with self.reader.recorded() as log:
            answer = await schema.execute(text, variables, context)
        # a page asked for both ways at once is refused, and generated documents may ask so
        bugs = [error for error in answer.errors or [] if not isinstance(error.original_error, Refusal)]
        assert bugs == [], (text, variables)
        return Counter(statement.path[0] for statement in log)

    @property
    def actors(self) -> list[Actor]:
        """Everybody."""
        team = self.market.seller
        return [team.owner, team.sales, team.finance, self.market.buyer, self.market.operator]


@pytest.fixture(scope="module")
async def shop(engine: AsyncEngine, pool: Pool) -> AsyncIterator[Shop]:
    """The market, made once."""
    market = await open_market(TestMeans(engine))
    makers = (drafted, submitted, confirmed, paid, dispatched, completed)
    yield Shop(market, Reader(pool), [await make(market) for make in makers])


async def test_the_list_of_twenty_orders_is_one_statement(shop: Shop) -> None:
    for actor in shop.actors:
        assert await shop.statements(LIST, actor) == {"viewer": 1}


async def test_generated_queries_are_one_statement_a_root_field(shop: Shop) -> None:
    chance = random.Random(20)
    ids = [f"ord_{key.hex}" for key in shop.orders] + [f"sel_{shop.market.seller.id.hex}", "ord_" + "0" * 32, "nothing"]

    def values(coordinate: str, path: str, type_: GraphQLNamedType) -> list[Any]:
        if type_.name == "ID":
            return ids
        if type_.name == "Int":
            return [1, 2, 20]
        return ["01717000000000000000"] if coordinate == "Query.order" else []

    without = frozenset(f"Query.{name}" for name in PYTHON)
    generator = Generator(schema._schema, chance, values, without=without)
    asked = 0
    for _ in range(size("queries counted")):
        document = generator.document(roots=3)
        counted = await shop.statements(document.text, chance.choice(shop.actors), document.variables)
        assert set(counted.values()) <= {1}, document.text
        asked += sum(counted.values())
    assert asked > 150


def _documents() -> list[str]:
    blocks = re.findall(r"```graphql\n(.*?)```", README.read_text(), re.DOTALL)
    return [*blocks, *(example.query for example in examples())]


def test_every_operation_of_the_readme_and_of_graphiql_is_valid() -> None:
    documents = _documents()
    assert len(documents) >= 3
    for text in documents:
        assert validate(schema._schema, parse(text)) == [], text


async def test_every_query_of_the_readme_and_of_graphiql_is_one_statement_a_root_field(shop: Shop) -> None:
    tried = 0
    for text in _documents():
        operations = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
        named = {field for field in PYTHON if re.search(rf"\b{field}\b", text)}
        if operations[0].operation is not OperationType.QUERY or named or operations[0].variable_definitions:
            continue
        for actor in shop.actors:
            counted = await shop.statements(text, actor)
            assert set(counted.values()) <= {1}, text
        tried += 1
    assert tried > 0
