"""The small market with its rows in a database, an engine on it, and everybody who may look."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import strawberry
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from app import reads
from app.db.engine import read_pool
from app.domain.access import Role, Viewer
from app.graphql.limits import Limits
from tests.databases import copy_of
from tests.reads import market, stalls
from tests.reads.bazaar import Bazaar, bazaar
from tests.reads.comparing import Pair
from tests.reads.oracle import SORTED, Oracle, Tables, bare_schema

NOW = datetime(2026, 3, 29, 12, 30, 15, 120_000, tzinfo=UTC)


@dataclass
class Context:
    """The context of one operation."""

    viewer: Viewer | None
    now: datetime
    reader: reads.Reader


@dataclass
class Market:
    """The market, ready to be asked."""

    schema: strawberry.Schema
    engine: reads.Engine
    reader: reads.Reader
    tables: Tables
    viewers: dict[str, Viewer | None]
    signatures: dict[str, str]
    bare: Any
    cursors: dict[str, list[str]] = field(default_factory=dict)

    async def ask(self, text: str, viewer: Viewer | None, variables: dict[str, Any] | None = None) -> Any:
        """The engine's answer."""
        return await self.schema.execute(text, variables, Context(viewer, NOW, self.reader))

    @cached_property
    def pair(self) -> Pair:
        """The plans and graphql-core, both within no limits but the market's own."""
        limits = Limits(aliases=10_000, directives=10_000, repeats=10_000, cost=10**12, page_size=1_000)
        return Pair(
            self.engine.operations,
            lambda name: Context(self.viewers[name], NOW, self.reader),
            schema=self.schema,
            limits=limits,
        )

    def oracle(self, viewer: Viewer | None) -> Oracle:
        """Whoever knows the right answer."""
        return Oracle(self.bare, self.tables, self.signatures, viewer, NOW)


def _made(chance: random.Random) -> Tables:
    def key() -> UUID:
        return UUID(int=chance.getrandbits(128), version=4)

    def maybe(value: Any, likely: float = 0.6) -> Any:
        return value if chance.random() < likely else None

    tables = Tables()
    for at in range(3):
        rating = maybe(Decimal(chance.randint(0, 5000)).scaleb(-3).quantize(Decimal("0.001")))
        tables.traders.append(SimpleNamespace(id=key(), name=f"Trader {at % 2}", quota=at * 123456, rating=rating))
    tables.people = [SimpleNamespace(id=key(), name=f"P'{at}\\n", email=f"p{at}@x.org") for at in range(5)]
    for at in range(14):
        tables.deals.append(_deal(chance, tables, at, key, maybe))
    for deal in tables.deals:
        for position in range(chance.choice([0, 1, 2, 3, 5])):
            tables.lines.append(_line(chance, deal, position, key))
    for at in range(40):
        tables.happenings.append(_happening(chance, tables, at + 1, maybe))
    for _ in range(6):
        trader = chance.choice(tables.traders)
        amount = chance.choice([5, 500, 12345])
        tables.payouts.append(SimpleNamespace(id=key(), trader_id=trader.id, amount=amount, currency="JPY"))
    return tables


def _deal(chance: random.Random, tables: Tables, at: int, key: Any, maybe: Any) -> SimpleNamespace:
    status = chance.choice(["DRAFT", "DRAFT", "OPEN", "PAID", "CLOSED"])
    # some deals were made at the same instant, so that the key decides
    created = NOW - timedelta(hours=at // 2, microseconds=(at // 2) * 50_000)
    return SimpleNamespace(
        id=key(), number=f"N{at}" if at % 4 else None, seller_id=chance.choice(tables.traders).id,
        buyer_id=maybe(chance.choice(tables.people[:2]).id, 0.8), salesperson_id=maybe(tables.people[4].id),
        drafted_by=chance.choice(["BUYER", "SELLER"]), status=status, currency=chance.choice(["USD", "JPY", "KWD"]),
        total=chance.choice([0, 5, 99, 100, 55123, 10**12]), fee=maybe(chance.randint(0, 2000)),
        note=maybe(chance.choice(["", "a \"quoted\" 'note' \\ ⟪p1⟫ $1 %(x)s", "碳纤维手机壳"])),
        urgent=chance.random() < 0.4, due=maybe(date(2026, 3, 29) + timedelta(days=chance.randint(-2, 2))),
        paid_at=maybe(created + timedelta(seconds=chance.randint(0, 5))), created_at=created,
    )  # fmt: skip


def _line(chance: random.Random, deal: Any, position: int, key: Any) -> SimpleNamespace:
    words = chance.sample(["red", "", "{x}", 'q"t'], chance.randint(0, 3))
    attributes = [{"name": word, "value": str(at)} if word else {"name": "bare"} for at, word in enumerate(words)]
    quantity = Decimal(chance.choice(["1.000", "2.500", "0.125", "1000.000"]))
    return SimpleNamespace(
        id=key(), deal_id=deal.id, position=position + 1, text=f"thing {position}", attributes=attributes, tags=words,
        quantity=quantity, amount=chance.randint(0, 10_000),
    )  # fmt: skip


def _happening(chance: random.Random, tables: Tables, at: int, maybe: Any) -> SimpleNamespace:
    kind = chance.choice(["PAID", "NOTED", "SHIPPED", "LOST"])
    data = {"PAID": {"minor": str(at * 10)}, "NOTED": {"text": f"note {at}"}}.get(kind, {}) if at % 5 else {}
    return SimpleNamespace(
        id=at, deal_id=chance.choice(tables.deals).id, kind=kind, at=NOW - timedelta(seconds=at), data=data,
        by_trader=maybe(chance.choice(tables.traders).id, 0.4), by_person=maybe(chance.choice(tables.people).id),
    )  # fmt: skip


def _jsonb(value: Any) -> bytes:
    """PostgreSQL's binary jsonb: a version and the text."""
    return b"\x01" + json.dumps(value).encode()


async def _store(url: str, tables: Tables) -> None:
    connection = await asyncpg.connect(url)
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=_jsonb, decoder=lambda data: json.loads(data[1:]), format="binary"
    )
    for table in stalls.metadata.sorted_tables:
        await connection.execute(str(CreateTable(table).compile(dialect=postgresql.dialect())))  # type: ignore[no-untyped-call]
        rows = getattr(tables, table.name.removeprefix("market_"))
        names = [column.name for column in table.columns]
        records = [tuple(getattr(row, name) for name in names) for row in rows]
        await connection.copy_records_to_table(table.name, records=records, columns=names)
    await connection.close()


def _viewers(tables: Tables) -> dict[str, Viewer | None]:
    people, traders = tables.people, tables.traders
    return {
        "operator": Viewer(Role.OPERATOR, people[3].id),
        "buyer": Viewer(Role.BUYER, people[0].id),
        "another buyer": Viewer(Role.BUYER, people[1].id),
        "owner": Viewer(Role.OWNER, people[2].id, traders[0].id),
        "finance": Viewer(Role.FINANCE, people[2].id, traders[1].id),
        "sales": Viewer(Role.SALES, people[4].id, traders[0].id),
        "own sales": Viewer(Role.SALES, people[4].id, traders[1].id, sees_all=False),
        "blind": Viewer(Role.OWNER, people[2].id, traders[0].id, reads=False),
        "nobody": None,
    }


@pytest.fixture(scope="session")
async def fair(admin_url: str, template: str) -> AsyncIterator[Bazaar]:
    """The product's own schema over a market in the middle of its course."""
    with copy_of(template, admin_url) as url:
        async with bazaar(url) as made:
            yield made


@pytest.fixture(scope="session")
async def shop(postgres_url: str) -> AsyncIterator[Market]:
    """The market with a few hundred rows."""
    tables = _made(random.Random(7))
    await _store(postgres_url, tables)
    schema = market.build()
    engine = reads.install(schema)
    pool = await read_pool(postgres_url)
    made = Market(schema, engine, reads.Reader(pool), tables, _viewers(tables), {}, bare_schema(schema.as_str()))
    await _learn_cursors(made)
    yield made
    await pool.close()


async def _learn_cursors(made: Market) -> None:
    """Every list's cursors, of which only their heads could not be known otherwise."""
    lines = "pagedLines(first: 9) { edges { cursor } } happenings { edges { cursor } }"
    others = " ".join(f"{each}: deals(first: 100, sort: {each}) {{ edges {{ cursor }} }}" for each in SORTED)
    text = f"""{{ {others} deals(first: 100) {{ edges {{ cursor node {{ {lines} }} }} }}
                 allLines(first: 50) {{ edges {{ cursor }} }} me {{ deals {{ edges {{ cursor }} }} }} }}"""
    answer = await made.ask(text, made.viewers["operator"])
    assert answer.errors is None
    deals = [edge["node"] for edge in answer.data["deals"]["edges"]]
    lists = {
        **{f"Query.deals {each}": [answer.data[each]] for each in SORTED},
        "Query.allLines": [answer.data["allLines"]],
        # the same rows in the same order: a cursor of the one is a cursor of the other
        "Deal.otherLines": [answer.data["allLines"]],
        "Me.deals": [answer.data["me"]["deals"]],
        "Deal.pagedLines": [deal["pagedLines"] for deal in deals],
        "Deal.happenings": [deal["happenings"] for deal in deals],
    }
    made.cursors |= {
        place: [edge["cursor"] for page in pages for edge in page["edges"]] for place, pages in lists.items()
    }
    made.signatures |= {place: cursors[0].split(".")[0] for place, cursors in made.cursors.items()}
