"""Debts that arose while money came in: of two transactions at once, neither saw what the other wrote."""

from collections.abc import Sequence

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import tables as t
from app.db.rows import values_of
from app.domain import recoveries
from app.domain.access import By
from app.domain.ledger import deltas, seller_account
from app.domain.trade import Act, Mint, Trade

_OWING = text(
    "SELECT DISTINCT ON (seller_id) order_id, coupon_id FROM recoveries WHERE seller_id = ANY(:sellers)"
    " AND status IN ('OWED', 'PARTLY_COLLECTED') AND currency = :currency ORDER BY seller_id, owed_at"
)


async def pursue(connection: AsyncConnection, mint: Mint, written: Sequence[Trade]) -> None:
    """Have what these trades brought their sellers collected at once, where one owes what was not seen (COU-5).

    What makes debts locks the seller's balance, and so does what raises it. Whoever comes second sees the other: the
    one by the balance it loads, the other here, after it has written.
    """
    gained = [trade for trade in written if _gained(trade)]
    if not gained:
        return
    act = Act(By.TIME, gained[0].posted[-1].at, mint)
    sellers = {"sellers": [trade.order.seller_id for trade in gained], "currency": recoveries.CURRENCY}
    owing = await connection.execute(_OWING, sellers)
    rows = [recoveries.due_at_once(act, row.order_id, row.coupon_id) for row in owing]
    if rows:
        await connection.execute(insert(t.deadlines), [values_of(row) for row in rows])


def _gained(trade: Trade) -> bool:
    """Whether a trade brought its seller money and knew of nothing they owe."""
    known = vars(trade).get("recoveries", ())
    account = seller_account(trade.order.seller_id), recoveries.CURRENCY
    return deltas(trade.posted)[account] > 0 and not any(row.owed for row in known)
