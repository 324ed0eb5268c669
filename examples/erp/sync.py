"""Keeping the copy and the books: everything once, then what changed, from the cursor that is kept with it."""

from collections.abc import Iterable
from typing import Any

from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError

from examples.erp.asking import ask
from examples.erp.copy import Copy

ROWS = """
fragment Rows on PostingConnection {
  nodes { id at kind account counterpart amount { amount currencyCode } } pageInfo { hasNextPage endCursor }
}
"""
ORDER = (
    ROWS
    + """
fragment Kept on Order {
  id version number status overdue updatedAt
  buyer { name country }
  contract { agreedTotal { amount currencyCode } items { description quantity amount { amount currencyCode } } }
  funds { status received { amount currencyCode } released { amount currencyCode } }
  shipments { id carrier trackingNumber dispatchedAt deliveredAt }
  postings(first: 10) { ...Rows }
}
"""
)
WHOLE = (
    ORDER
    + """
query Whole($after: String) {
  viewer { orders(first: 50, after: $after) { nodes { ...Kept } pageInfo { hasNextPage endCursor } } }
}
"""
)
CHANGED = (
    ORDER
    + """
query Changed($after: String) {
  changedOrders(first: 50, after: $after) { changes { orderId order { ...Kept } } endCursor hasNextPage }
}
"""
)
MORE = (
    ROWS
    + """
query More($id: ID!, $after: String) {
  node(id: $id) { ... on Order { postings(first: 100, after: $after) { ...Rows } } }
}
"""
)
OWN = (
    ROWS
    + """
query Own($after: String) { viewer { seller { postings(first: 100, after: $after) { ...Rows } } } }
"""
)
# The server no longer serves this cursor, or does not know it: whoever has it reads everything anew
BEGIN_ANEW = {"CURSOR_EXPIRED", "CURSOR_UNKNOWN", "CURSOR_INVALID"}


async def sync(session: AsyncClientSession, copy: Copy) -> None:
    """Bring the copy to where the server is."""
    if copy.cursor is None:
        await read_everything(session, copy)
    more = True
    while more:
        try:
            page = (await ask(session, CHANGED, after=copy.cursor))["changedOrders"]
        except TransportQueryError as error:
            if not codes(error) & BEGIN_ANEW:
                raise
            await read_everything(session, copy)
            continue
        await complete(session, [each["order"] for each in page["changes"] if each["order"]])
        copy.follow([(each["orderId"], each["order"]) for each in page["changes"]], page["endCursor"])
        more = page["hasNextPage"]
    await book(session, copy)


async def read_everything(session: AsyncClientSession, copy: Copy) -> None:
    """Read the whole list; what changes meanwhile comes after the cursor that was taken first."""
    reading = copy.begin_reading()
    cursor = (await ask(session, CHANGED, after=None))["changedOrders"]["endCursor"]
    after, more = None, True
    while more:
        page = (await ask(session, WHOLE, after=after))["viewer"]["orders"]
        await complete(session, page["nodes"])
        copy.read(page["nodes"], reading)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    copy.end_reading(reading, cursor)


async def complete(session: AsyncClientSession, orders: Iterable[dict[str, Any]]) -> None:
    """Add the rows to book of orders that have more of them than came along."""
    for order in orders:
        rows = order["postings"]
        while rows and rows["pageInfo"]["hasNextPage"]:
            found = (await ask(session, MORE, id=order["id"], after=rows["pageInfo"]["endCursor"]))["node"]
            if found is None:  # it is the viewer's no more
                break
            rows["nodes"] += found["postings"]["nodes"]
            rows["pageInfo"] = found["postings"]["pageInfo"]


async def book(session: AsyncClientSession, copy: Copy) -> None:
    """Book what belongs to no order: withdrawals, and what was collected for them."""
    more = True
    while more:
        seller = (await ask(session, OWN, after=copy.booked))["viewer"]["seller"]
        rows = seller and seller["postings"]
        if rows is None:  # a buyer's token, or one that may not read finances
            return
        copy.book(rows["nodes"], rows["pageInfo"]["endCursor"])
        more = rows["pageInfo"]["hasNextPage"]


def codes(error: TransportQueryError) -> set[Any]:
    """The codes of an answer's errors."""
    return {each.get("extensions", {}).get("code") for each in error.errors or ()}
