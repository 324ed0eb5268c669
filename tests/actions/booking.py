"""What somebody is told of a ledger to book, through the schema, and what it adds up to."""

from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.domain.access import Actor
from app.domain.happenings import KINDS_FOR
from app.domain.money import DECIMALS
from app.graphql.schema import schema
from app.reads import Reader
from app.schema.scalars import instant_text
from tests.market import Market, event_rows
from tests.test_statements import Context

Row = dict[str, Any]
ROW = """nodes { id at side kind account counterpart amount { amount currencyCode }
    receipt { id } dispute { id } recovery { id } order { id } } pageInfo { hasNextPage endCursor }"""
OF_ORDER = f"""query Rows($id: ID!, $after: String) {{ node(id: $id) {{ ... on Order {{
  postings(first: 3, after: $after) {{ {ROW} }} }} }} }}"""
OF_SELLER = f"""query Rows($id: ID!, $after: String) {{ node(id: $id) {{ ... on Seller {{
  postings(first: 3, after: $after) {{ {ROW} }} }} }} }}"""


async def told(market: Market, reader: Reader, actor: Actor, text: str, **variables: Any) -> Any:
    """The answer to somebody, now."""
    answer = await schema.execute(text, variables, Context(actor.viewer, market.means.clock.now(), reader))
    assert answer.errors is None, answer.errors
    return answer.data


async def booked(market: Market, reader: Reader, actor: Actor, id: str) -> list[Row]:
    """All rows of an order, or a seller's own, page by page."""
    rows: list[Row] = []
    after, more = None, True
    text = OF_ORDER if id.startswith("ord_") else OF_SELLER
    while more:
        page = (await told(market, reader, actor, text, id=id, after=after))["node"]["postings"]
        rows += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return rows


def of_order(order_id: UUID) -> str:
    """An order's public id."""
    return f"ord_{order_id.hex}"


def of_seller(market: Market) -> str:
    """The public id of the market's seller."""
    return f"sel_{market.seller.id.hex}"


def minor(money: Row) -> int:
    """An amount in minor units."""
    return int(Decimal(money["amount"]).scaleb(DECIMALS[money["currencyCode"]]))


def sums(rows: list[Row]) -> Counter[tuple[str, str]]:
    """What rows add up to on each account, in each currency."""
    added: Counter[tuple[str, str]] = Counter()
    for row in rows:
        added[row["account"], row["amount"]["currencyCode"]] += minor(row["amount"])
    return Counter({key: amount for key, amount in added.items() if amount})


def brief(rows: list[Row]) -> list[tuple[str, str, str | None, int]]:
    """Kind, account, counterpart and amount of each row."""
    return [(row["kind"], row["account"], row["counterpart"], minor(row["amount"])) for row in rows]


async def heard(market: Market, reader: Reader, order_id: UUID) -> None:
    """Each row of each side came with an event of its order that the side hears of."""
    events = await event_rows(market.means, order_id)
    for actor in (market.seller.finance, market.buyer):
        told_of = {instant_text(row["at"]) for row in events if row["kind"] in KINDS_FOR[actor.role]}
        rows = await booked(market, reader, actor, of_order(order_id))
        assert {row["at"] for row in rows} <= told_of
