"""Keeping the copy: everything once, then what changed, from the cursor that is kept with it."""

from typing import Any

from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportQueryError

from examples.erp.asking import ask
from examples.erp.copy import Copy

ORDER = """
fragment Kept on Order {
  id version number status overdue updatedAt
  buyer { name country }
  contract { agreedTotal { amount currencyCode } items { description quantity amount { amount currencyCode } } }
  funds { status received { amount currencyCode } released { amount currencyCode } }
  shipments { id carrier trackingNumber dispatchedAt deliveredAt }
}
"""
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
        copy.follow([(each["orderId"], each["order"]) for each in page["changes"]], page["endCursor"])
        more = page["hasNextPage"]


async def read_everything(session: AsyncClientSession, copy: Copy) -> None:
    """Read the whole list; what changes meanwhile comes after the cursor that was taken first."""
    reading = copy.begin_reading()
    cursor = (await ask(session, CHANGED, after=None))["changedOrders"]["endCursor"]
    after, more = None, True
    while more:
        page = (await ask(session, WHOLE, after=after))["viewer"]["orders"]
        copy.read(page["nodes"], reading)
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    copy.end_reading(reading, cursor)


def codes(error: TransportQueryError) -> set[Any]:
    """The codes of an answer's errors."""
    return {each.get("extensions", {}).get("code") for each in error.errors or ()}
