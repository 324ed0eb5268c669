"""The ledger of one seller and their orders, added up by hand: what is wrong with it, in words."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

SIDES = """
    SELECT m.to_account AS account, m.to_owner AS owner, m.currency, m.amount
      FROM moves m JOIN entries e ON e.id = m.entry_id WHERE e.seller_id = :seller
    UNION ALL SELECT m.from_account, m.from_owner, m.currency, -m.amount
      FROM moves m JOIN entries e ON e.id = m.entry_id WHERE e.seller_id = :seller
"""
BALANCES = f"""
    WITH moved AS (SELECT account, owner, currency, sum(amount) AS amount FROM ({SIDES}) side
        WHERE owner IS NOT NULL GROUP BY account, owner, currency),
      kept AS (SELECT * FROM balances
        WHERE owner_id = :seller OR owner_id IN (SELECT id FROM orders WHERE seller_id = :seller))
    SELECT coalesce(moved.account, kept.account) AS account, coalesce(moved.owner, kept.owner_id) AS owner,
        moved.amount AS moved, kept.amount AS kept
    FROM moved FULL JOIN kept
        ON (kept.account, kept.owner_id, kept.currency) = (moved.account, moved.owner, moved.currency)
    WHERE coalesce(moved.amount, 0) <> coalesce(kept.amount, 0)
"""
CURRENCIES = f"SELECT currency, sum(amount) AS amount FROM ({SIDES}) side GROUP BY currency HAVING sum(amount) <> 0"
CARDS = """
    SELECT o.id, o.received, o.coupon_posted, o.refunded, o.released, o.fee_charged, moved.* FROM orders o, LATERAL (
        SELECT coalesce(sum(m.amount) FILTER (WHERE m.to_account = 'ESCROW' AND m.from_account <> 'SUBSIDY'), 0)
            - coalesce(sum(m.amount) FILTER (WHERE e.kind = 'ASSOCIATION_UNDONE'), 0) AS counted,
          coalesce(sum(m.amount) FILTER (WHERE e.kind = 'COUPON_POSTED'), 0)
            - coalesce(sum(m.amount) FILTER (WHERE e.kind = 'COUPON_TAKEN_BACK'), 0) AS posted,
          coalesce(sum(m.amount) FILTER (WHERE e.kind = 'REFUND' AND m.to_account = 'WORLD'), 0) AS back,
          coalesce(sum(m.amount) FILTER (WHERE e.kind = 'RELEASE'), 0) AS out_of_escrow,
          coalesce(sum(m.amount) FILTER (WHERE m.to_account = 'FEE'), 0)
            - coalesce(sum(m.amount) FILTER (WHERE m.from_account = 'FEE'), 0) AS charged
        FROM entries e JOIN moves m ON m.entry_id = e.id WHERE e.order_id = o.id) AS moved
    WHERE o.seller_id = :seller
      AND (o.received, o.coupon_posted, o.refunded, o.released, o.fee_charged)
        <> (moved.counted, moved.posted, moved.back, moved.out_of_escrow, moved.charged)
"""
STATEMENTS = """
    SELECT * FROM (SELECT currency, ordinal, balance, sum(amount) OVER chain AS total, row_number() OVER chain AS place
        FROM statement_lines WHERE seller_id = :seller WINDOW chain AS (PARTITION BY currency ORDER BY ordinal)) line
    WHERE balance <> total OR ordinal <> place OR balance < 0
"""
LAST_LINES = """
    SELECT b.currency, b.amount, b.lines, said.* FROM balances b, LATERAL (
        SELECT coalesce(sum(amount), 0) AS total, count(*) AS many FROM statement_lines s
        WHERE s.seller_id = b.owner_id AND s.currency = b.currency) AS said
    WHERE b.account = 'SELLER' AND b.owner_id = :seller AND (b.amount, b.lines) <> (said.total, said.many)
"""


async def faults(engine: AsyncEngine, seller_id: UUID) -> list[str]:
    """Where balances, funds cards or the statement differ from what the moves add up to; empty when all is well."""
    found = []
    async with engine.connect() as connection:
        for query in (BALANCES, CURRENCIES, CARDS, STATEMENTS, LAST_LINES):
            found += [str(row._asdict()) for row in await connection.execute(text(query), {"seller": seller_id})]
    return found
