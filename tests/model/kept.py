"""What the database holds of a market, held against the model after every step."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.model.world import Account, Clock, Order, World

PROTECTED = {"UNASSOCIATED", "HELD", "ESCROW", "SELLER"}
CLOCKS = ("DISPATCH", "AUTO_RECEIPT", "PROTECTION_END", "UNPAID_DISCOUNT", "DISPUTE_SILENCE")
_PARTS = {
    "orders": """SELECT id, status, received, refunded, released, fee_charged, coupon_posted, coupon_returned,
        landed, overdue_at, completed_at, version, coupon_id, dispatch_days, quota_occupied AS quota,
        delivered_at IS NOT NULL AS delivered,
        (SELECT count(*) FROM claims c WHERE c.order_id = o.id) AS claims,
        (SELECT jsonb_build_array(c.status, c.amount, c.liability) FROM claims c WHERE c.order_id = o.id) AS claim,
        (SELECT w.compensate FROM waivers w WHERE w.order_id = o.id AND w.withdrawn_at IS NULL) AS waiver,
        (SELECT (a.changes ->> 'dispatch_days')::int FROM amendments a
          WHERE a.order_id = o.id AND a.status = 'PROPOSED') AS amendment,
        ARRAY(SELECT coalesce(d.outcome, d.status) FROM disputes d WHERE d.order_id = o.id ORDER BY d.id) AS disputes,
        ARRAY(SELECT jsonb_build_array(d.kind, d.due_at, d.seconds_left) FROM deadlines d WHERE d.order_id = o.id
          AND d.status IN ('RUNNING', 'WAITING') AND d.kind = ANY(:clocks)) AS clocks,
        ARRAY(SELECT jsonb_build_array(r.id, r.unassociated, r.counted, r.held, r.returned) FROM receipts r
          WHERE r.order_id = o.id) AS receipts
      FROM orders o WHERE o.seller_id = ANY(:sellers)""",
    "coupons": "SELECT id, status, used, amount, reserved_order_id, version FROM coupons WHERE buyer_id = ANY(:buyers)",
    "moved": """SELECT account, owner, currency, sum(amount) AS amount FROM (
        SELECT m.to_account AS account, m.to_owner AS owner, m.currency, m.amount
          FROM moves m JOIN entries e ON e.id = m.entry_id WHERE e.seller_id = ANY(:sellers)
        UNION ALL SELECT m.from_account, m.from_owner, m.currency, -m.amount
          FROM moves m JOIN entries e ON e.id = m.entry_id WHERE e.seller_id = ANY(:sellers)) side GROUP BY 1, 2, 3""",
    "balances": """SELECT account, owner_id AS owner, currency, amount FROM balances WHERE owner_id = ANY(:sellers)
        OR owner_id IN (SELECT id FROM orders WHERE seller_id = ANY(:sellers))""",
    "subsidies": """SELECT e.order_id,
          sum(CASE WHEN m.from_account = 'SUBSIDY' THEN m.amount ELSE -m.amount END) AS paid
        FROM entries e JOIN moves m ON m.entry_id = e.id
        WHERE e.seller_id = ANY(:sellers) AND e.kind IN ('COUPON_POSTED', 'COUPON_TAKEN_BACK', 'REFUND')
          AND 'SUBSIDY' IN (m.from_account, m.to_account) GROUP BY 1""",
    "sellers": "SELECT id, version FROM sellers WHERE id = ANY(:sellers)",
    "events": "SELECT id, subject, subject_id, version, kind, by, data FROM events WHERE id > :after ORDER BY id",
}
_ALL = text(
    "SELECT "
    + ", ".join(f"(SELECT coalesce(json_agg(x), '[]')::text FROM ({sql}) x) AS {n}" for n, sql in _PARTS.items())
)
Rows = dict[str, list[dict[str, Any]]]


async def rows_of(engine: AsyncEngine, sellers: list[Any], buyers: list[Any], after: int) -> Rows:
    """All that the comparison reads, as of one instant, with the events after one."""
    values = {"sellers": sellers, "buyers": buyers, "after": after, "clocks": list(CLOCKS)}
    async with engine.connect() as connection:
        row = (await connection.execute(_ALL, values)).mappings().one()
    return {name: json.loads(row[name]) for name in _PARTS}


def compare(world: World, rows: Rows) -> None:
    """Every order, coupon and account is as the model says, and what must always hold holds."""
    kept = {row["id"]: row for row in rows["orders"]}
    assert kept.keys() == {str(order.id) for order in world.orders}
    for order in world.orders:
        row = kept[str(order.id)]
        said, model = _said_of(row), _meant(order)
        differing = {name: (value, model[name]) for name, value in said.items() if value != model[name]}
        assert not differing, (order.id, differing)
        assert row["claims"] <= 1
    coupons = {row["id"]: row for row in rows["coupons"]}
    for coupon in world.coupons:
        row = coupons.pop(str(coupon.id))
        there = (row["status"], row["used"], row["amount"], row["reserved_order_id"])
        on = None if coupon.on is None else str(coupon.on.id)
        meant = (coupon.status, coupon.used, coupon.amount, on)
        assert there == meant, (there, meant)
    assert not coupons
    _accounts(world, rows)
    _subsidies(world, rows)


def _accounts(world: World, rows: Rows) -> None:
    moved, expected = _sums(rows["moved"]), _expected(world)
    assert moved == expected, set(moved.items()) ^ set(expected.items())
    assert _sums(rows["balances"]) == {key: amount for key, amount in expected.items() if key[1] is not None}
    assert all(amount > 0 for (account, _, _), amount in moved.items() if account in PROTECTED)
    for currency in {currency for _, _, currency in moved}:
        assert sum(amount for (_, _, of), amount in moved.items() if of == currency) == 0


def _subsidies(world: World, rows: Rows) -> None:
    """No coupon is worth more than once: on one order at a time, and at most its amount."""
    applied = {row["id"]: row["coupon_id"] for row in rows["orders"]}
    worth = {str(coupon.id): coupon.amount for coupon in world.coupons}
    standing = [(applied[row["order_id"]], int(row["paid"])) for row in rows["subsidies"] if row["paid"]]
    assert all(0 < paid <= worth[coupon] for coupon, paid in standing)
    assert all(many == 1 for many in Counter(coupon for coupon, _ in standing).values())


def _expected(world: World) -> dict[Account, int]:
    return {
        (kind, None if owner is None else str(owner), currency): amount
        for (kind, owner, currency), amount in world.accounts.items()
        if amount
    }


def _sums(rows: list[dict[str, Any]]) -> dict[Account, int]:
    return {(row["account"], row["owner"], row["currency"]): int(row["amount"]) for row in rows if row["amount"]}


def _said_of(row: dict[str, Any]) -> dict[str, Any]:
    """An order's row in the words of `_meant`."""
    same = (
        "status",
        "received",
        "refunded",
        "released",
        "claim",
        "waiver",
        "amendment",
        "disputes",
        "quota",
        "delivered",
    )
    return {
        **{name: row[name] for name in same},
        "days": row["dispatch_days"],
        # whether money landed decides who may cancel, which nobody may once it is closed
        "landed": row["landed"] and row["status"] != "CLOSED",
        "charged": row["fee_charged"],
        "posted": row["coupon_posted"] - row["coupon_returned"],
        "overdue": _at(row["overdue_at"]),
        "completed": _at(row["completed_at"]),
        "clocks": {kind: (None if left is not None else _at(due), left) for kind, due, left in row["clocks"]},
        "receipts": sorted(row["receipts"]),
    }


def _meant(order: Order) -> dict[str, Any]:
    """An order of the model, as its row must say it."""
    claim = order.claim
    return {
        "status": order.status,
        "received": order.received,
        "refunded": order.refunded,
        "released": order.released,
        "landed": order.landed and order.status != "CLOSED",
        "claim": None if claim is None else [claim.status, claim.amount, claim.liability],
        "waiver": order.waiver,
        "amendment": order.amendment,
        "disputes": [row.outcome or row.status for row in order.disputes],
        "quota": order.quota,
        "delivered": order.delivered,
        "days": order.days,
        "charged": order.charged,
        "posted": order.posted - order.returned,
        "overdue": order.overdue,
        "completed": order.completed,
        "clocks": {name: _shown(clock) for name, clock in order.clocks.items()},
        "receipts": sorted([str(r.id), r.waiting, r.counted, r.held, r.returned] for r in order.receipts),
    }


def _shown(clock: Clock) -> tuple[datetime | None, int | None]:
    if clock.left is not None:
        return None, clock.left // timedelta(seconds=1)
    return clock.due, None


def _at(instant: str | None) -> datetime | None:
    return None if instant is None else datetime.fromisoformat(instant).astimezone(UTC)
