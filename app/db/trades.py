"""Trades in the database: locked and loaded in two round trips, written as what differs from what was loaded."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, Table, and_, bindparam, delete, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import files
from app.db import tables as t
from app.db.happenings import event_row
from app.db.ledger import post
from app.db.rows import changed_values, json_of, record_from, values_of
from app.domain import goods, remedies
from app.domain import records as r
from app.domain.policy import Policy, policy_from
from app.domain.trade import Trade

# In the order in which they must be written: what refers to another row comes after it
COLLECTIONS: Mapping[str, tuple[Table[Any], type, str]] = {
    "items": (t.items, r.Item, "position"),
    "instalments": (t.instalments, r.Instalment, "position"),
    "collection_accounts": (t.collection_accounts, r.CollectionAccount, "id"),
    "payments": (t.payments, r.Payment, "id"),
    "receipts": (t.receipts, r.Receipt, "id"),
    "shipments": (t.shipments, r.Shipment, "position"),
    "shipment_items": (t.shipment_items, r.ShipmentItem, "id"),
    "tracking_events": (t.tracking_events, r.TrackingEvent, "id"),
    "amendments": (t.amendments, r.Amendment, "id"),
    "reviews": (t.reviews, r.Review, "id"),
    "deadlines": (t.deadlines, r.Deadline, "id"),
    "invitations": (t.invitations, r.Invitation, "id"),
    "claims": (t.claims, remedies.Claim, "id"),
    "waivers": (t.waivers, remedies.Waiver, "id"),
    "disputes": (t.disputes, remedies.Dispute, "id"),
    "dispute_steps": (t.dispute_steps, remedies.DisputeStep, "id"),
    "consignments": (t.consignments, goods.Consignment, "id"),
    "attachments": (t.attachments, goods.Attachment, "id"),
}
# What an order only has to do with: written like its own, but loaded and locked apart
SHARED: Mapping[str, Table[Any]] = {
    "coupons": t.coupons,
    "recoveries": t.recoveries,
    "collections": t.collections,
}
# Claims are written before the coupons that refer to them, coupons before the deadlines of theirs
WRITTEN = (
    *(name for name in COLLECTIONS if name != "deadlines"),
    *SHARED,
    "deadlines",
)

_CHILDREN = ",\n    ".join(
    f"ARRAY(SELECT c FROM {table.name} c WHERE c.order_id = o.id ORDER BY c.{order}) AS {name}"
    for name, (table, _, order) in COLLECTIONS.items()
)

# The products of the lines, also of those that an open amendment proposes, and those that are named beside
_NAMED = """SELECT i.product_id FROM items i WHERE i.order_id = o.id
      UNION ALL SELECT unnest(CAST(:products AS uuid[]))
      UNION ALL SELECT CAST(line ->> 'product_id' AS uuid) FROM amendments x, jsonb_array_elements(
        CASE jsonb_typeof(x.changes -> 'items') WHEN 'array' THEN x.changes -> 'items' ELSE '[]' END) AS line
      WHERE x.order_id = o.id AND x.status = 'PROPOSED'"""

# One statement brings everything: rows come back whole, as PostgreSQL's own records
_LOAD = f"""
SELECT o AS "order", s AS seller,
    (SELECT c FROM contacts c WHERE c.order_id = o.id AND c.version = o.contact_version) AS contact,
    pinned.current_id, (SELECT p FROM policies p WHERE p.id = pinned.current_id AND p.id <> ALL(:known)) AS current,
    pinned.policy_id, (SELECT p FROM policies p WHERE p.id = pinned.policy_id AND p.id <> ALL(:known)) AS policy,
    (SELECT a.id FROM accounts a JOIN contacts c ON c.email = a.email
      WHERE c.order_id = o.id AND c.version = o.contact_version
        AND a.email_verified AND NOT a.operator AND a.disabled_at IS NULL
        AND NOT EXISTS (SELECT FROM members m WHERE m.account_id = a.id)) AS registered_buyer,
    (SELECT a.country FROM accounts a WHERE a.id = o.buyer_id) AS buyer_country,
    ARRAY(SELECT m.account_id FROM members m WHERE m.seller_id = o.seller_id AND m.removed_at IS NULL) AS salespeople,
    NOT EXISTS (SELECT FROM orders x WHERE x.seller_id = o.seller_id AND x.confirmed_at < coalesce(o.confirmed_at, :now)
      AND x.id <> o.id) AS new_seller,
    CASE WHEN :quota THEN (SELECT coalesce(sum(x.quota_occupied), 0)::bigint FROM orders x
      WHERE x.seller_id = o.seller_id AND x.quota_occupied > 0) ELSE 0 END AS quota_in_use,
    ARRAY(SELECT e FROM unnest(o.currency || CAST(:currencies AS text[])) AS wanted(code),
      LATERAL (VALUES (code, 'USD'), ('USD', code), ('CNY', code)) AS pair(base, quote),
      LATERAL (SELECT x FROM exchange_rates x WHERE x.base = pair.base AND x.quote = pair.quote
        AND x.effective_at <= coalesce(o.confirmed_at, :now) ORDER BY x.effective_at DESC LIMIT 1) AS newest(e)
    ) AS rates,
    CASE WHEN :quota THEN (SELECT jsonb_object_agg(x.campaign, x.count) FROM (SELECT campaign, count(*) FROM orders x
      WHERE x.seller_id = o.seller_id AND x.campaign IS NOT NULL AND x.id <> o.id GROUP BY campaign) x
      ) END AS campaign_orders,
    ARRAY(SELECT p FROM products p WHERE p.id IN ({_NAMED})) AS products,
    ARRAY(SELECT x FROM template_lanes x WHERE x.template_id IN (SELECT p.template_id FROM products p
      WHERE p.id IN ({_NAMED}))) AS template_lanes,
    ARRAY(SELECT l FROM lanes l WHERE l.id IN (SELECT o.lane_id UNION ALL SELECT unnest(CAST(:lanes AS uuid[]))
      UNION ALL SELECT CAST(x.changes ->> 'lane_id' AS uuid) FROM amendments x
      WHERE x.order_id = o.id AND x.status = 'PROPOSED')) AS lanes,
    EXISTS (SELECT FROM recoveries x WHERE x.seller_id = o.seller_id
      AND x.status IN ('OWED', 'PARTLY_COLLECTED')) AS indebted,
    {_CHILDREN}
FROM orders o JOIN sellers s ON s.id = o.seller_id
CROSS JOIN LATERAL (SELECT x.id AS current_id, coalesce(o.policy_id, x.id) AS policy_id FROM policies x
  WHERE x.effective_at <= :now ORDER BY x.effective_at DESC LIMIT 1) AS pinned
WHERE o.id = ANY(:ids)
"""


async def lock(
    connection: AsyncConnection, order_id: UUID, seller_id: UUID | None = None, buyer_id: UUID | None = None
) -> bool:
    """Lock an order that is this seller's or this buyer's (or anybody's); False when there is none."""
    found = await connection.execute(
        text(
            "SELECT 1 FROM orders WHERE id = :id AND (CAST(:seller AS uuid) IS NULL OR seller_id = :seller)"
            " AND (CAST(:buyer AS uuid) IS NULL OR buyer_id = :buyer) FOR UPDATE"
        ),
        {"id": order_id, "seller": seller_id, "buyer": buyer_id},
    )
    return found.first() is not None


async def lock_due(
    connection: AsyncConnection, now: datetime, limit: int, passed_over: Iterable[UUID] = ()
) -> list[UUID]:
    """Lock orders with a deadline whose last good second has run out, earliest first.

    Locked ones are passed over, and so are those named; others come in their place.
    """
    found = await connection.execute(
        text(
            "SELECT o.id FROM deadlines d JOIN orders o ON o.id = d.order_id"
            " WHERE d.status = 'RUNNING' AND d.due_at <= CAST(:now AS timestamptz) - interval '1 second'"
            " AND o.id <> ALL(:passed) ORDER BY d.due_at LIMIT :limit FOR UPDATE OF o SKIP LOCKED"
        ),
        {"now": now, "limit": limit, "passed": list(passed_over)},
    )
    return list(dict.fromkeys(found.scalars()))


async def next_due(connection: AsyncConnection) -> datetime | None:
    """The last good second of the deadline that runs out next."""
    found = await connection.execute(text("SELECT min(due_at) FROM deadlines WHERE status = 'RUNNING'"))
    due: datetime | None = found.scalar()
    return due


async def lock_quota(connection: AsyncConnection, order_id: UUID) -> None:
    """Lock the seller's row of a locked order, so that nobody else occupies the quota that is judged."""
    await connection.execute(
        text("SELECT 1 FROM sellers WHERE id = (SELECT seller_id FROM orders WHERE id = :id) FOR NO KEY UPDATE"),
        {"id": order_id},
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step asks for beside the rows of its order.

    `quota` is what of the seller's quota and campaign places is taken, `balances` what the seller has and owes,
    `coupon_id` a coupon to apply, `currencies`, `products` and `lanes` those a patch names, `files` uploaded ones that
    are offered.
    """

    quota: bool = False
    balances: bool = False
    currencies: Collection[str] = ()
    coupon_id: UUID | None = None
    products: Collection[UUID] = ()
    lanes: Collection[UUID] = ()
    files: Collection[UUID] = ()


NOTHING_ELSE = Asked()


async def load(
    connection: AsyncConnection,
    ids: Sequence[UUID],
    now: datetime,
    asked: Asked = NOTHING_ELSE,
    locked: bool = True,
) -> list[Trade]:
    """The trades of locked orders, with the policy and rates pinned to them, else those in force at `now`.

    The coupons they have to do with and what their sellers owe are locked with them, unless they are only looked at.
    Uploaded files that are offered to them stand among their attachments.
    """
    known = list(_policies)
    values = {"ids": list(ids), "now": now, "known": known, "quota": asked.quota}
    values |= {"currencies": list(asked.currencies), "products": list(asked.products), "lanes": list(asked.lanes)}
    found = (await connection.execute(text(_LOAD), values)).mappings().all()
    loaded = await _with_coupons(connection, [_trade(row) for row in found], asked.coupon_id, locked)
    if waiting := await files.waiting(connection, asked.files):
        loaded = [trade.put("attachments", *waiting) for trade in loaded]
    indebted = {row["order"]["seller_id"] for row in found if row["indebted"] or asked.balances}
    return await _with_debts(connection, loaded, indebted, locked)


async def _with_coupons(
    connection: AsyncConnection, loaded: list[Trade], asked: UUID | None, locked: bool
) -> list[Trade]:
    """The trades with the coupons applied to them, issued for them, or asked for; locked in one order everywhere."""
    wanted = {
        trade.order.id: {trade.order.coupon_id, asked, *(claim.coupon_id for claim in trade.claims)} - {None}
        for trade in loaded
    }
    ids = {id for own in wanted.values() for id in own}
    if not ids:
        return loaded
    query = _locking(select(t.coupons).where(t.coupons.c.id.in_(ids)).order_by(t.coupons.c.id), locked)
    coupons = [record_from(remedies.Coupon, dict(row)) for row in (await connection.execute(query)).mappings()]
    return [
        replace(trade, coupons=tuple(coupon for coupon in coupons if coupon.id in wanted[trade.order.id]))
        for trade in loaded
    ]


async def _with_debts(
    connection: AsyncConnection, loaded: list[Trade], indebted: set[UUID], locked: bool
) -> list[Trade]:
    """The trades with what their sellers owe and have, where money may move between the two (COU-4)."""
    concerned = {trade.seller.id for trade in loaded if trade.seller.id in indebted or settles_debts(trade)}
    if not concerned:
        return loaded
    r = t.recoveries.c
    own = r.order_id.in_([trade.order.id for trade in loaded])
    owed = and_(r.seller_id.in_(concerned), r.status.in_(["OWED", "PARTLY_COLLECTED"]))
    query = _locking(select(t.recoveries).where(or_(own, owed)).order_by(r.id), locked)
    recoveries = [record_from(remedies.Recovery, dict(row)) for row in (await connection.execute(query)).mappings()]
    b = t.balances.c
    accounts = (
        select(b.owner_id, b.account, b.currency, b.amount)
        .where(b.owner_id.in_(concerned), b.account.in_(["RECEIVABLE", "SELLER"]))
        .order_by(b.owner_id, b.account, b.currency)
    )
    standing = [row for row in await connection.execute(_locking(accounts, locked)) if row.account == "SELLER"]
    return [
        replace(
            trade,
            recoveries=tuple(row for row in recoveries if row.seller_id == trade.seller.id),
            balances={row.currency: row.amount for row in standing if row.owner_id == trade.seller.id},
        )
        for trade in loaded
    ]


def _locking(query: Any, locked: bool) -> Any:
    return query.with_for_update() if locked else query


def settles_debts(trade: Trade) -> bool:
    """Whether money may move between what the seller of this trade owes and has."""
    due = trade.deadline(r.DeadlineKind.RECOVERY)
    return due is not None or trade.order.released > 0 or bool(trade.recoveries)


def _trade(row: RowMapping) -> Trade:
    children: dict[str, Any] = {
        name: tuple(record_from(kind, child) for child in row[name]) for name, (_, kind, _) in COLLECTIONS.items()
    }
    lanes = {lane["id"]: record_from(goods.Lane, lane) for lane in row["lanes"]}
    return Trade(
        order=record_from(r.Order, row["order"]),
        contact=record_from(r.Contact, row["contact"]),
        seller=record_from(r.Seller, row["seller"]),
        policy=_policies.get(row["policy_id"]) or policy_of(row["policy"]),
        policy_now=_policies.get(row["current_id"]) or policy_of(row["current"]),
        rates={(rate["base"], rate["quote"]): rate["rate"] for rate in row["rates"]},
        registered_buyer=row["registered_buyer"],
        buyer_country=row["buyer_country"],
        salespeople=frozenset(row["salespeople"]),
        new_seller=row["new_seller"],
        quota_in_use=row["quota_in_use"],
        campaign_orders=json_of(row["campaign_orders"]) or {},
        products={product["id"]: record_from(goods.Product, product) for product in row["products"]},
        product_lanes=_product_lanes(row),
        lane=lanes.get(row["order"]["lane_id"]),
        lanes=lanes,
        **children,
    )


def _product_lanes(row: RowMapping) -> dict[UUID, frozenset[UUID]]:
    lanes: dict[UUID, set[UUID]] = defaultdict(set)
    for bound in row["template_lanes"]:
        lanes[bound["template_id"]].add(bound["lane_id"])
    return {product["id"]: frozenset(lanes[product["template_id"]]) for product in row["products"]}


_policies: dict[UUID, Policy] = {}


def policy_of(row: Mapping[str, Any] | RowMapping) -> Policy:
    """A policy of its row; a version never changes, so each is read once."""
    known = _policies.get(row["id"])
    if known is None:
        document = row["document"]
        known = policy_from(
            row["id"], row["effective_at"], orjson.loads(document) if isinstance(document, str | bytes) else document
        )
        _policies[row["id"]] = known
    return known


async def write(
    connection: AsyncConnection,
    decided: Sequence[tuple[Trade | None, Trade]],
    offered: Sequence[goods.Attachment] = (),
) -> None:
    """Write what was decided: each pair is a trade as loaded (None: a new one) and as it shall be.

    One statement a table and kind of change, however many trades; events last, so that they follow their facts.
    `offered` are the files that a new one was given, and that were there before it.
    """
    await _write_orders(connection, decided)
    for name in WRITTEN:
        await _write_rows(
            connection,
            SHARED[name] if name in SHARED else COLLECTIONS[name][0],
            [row for before, _ in decided if before is not None for row in getattr(before, name)]
            + (list(offered) if name == "attachments" else []),
            [row for _, after in decided for row in getattr(after, name)],
        )
    await post(connection, [entry for _, after in decided for entry in after.posted])
    await _write_events(connection, [after for _, after in decided])


async def _write_orders(connection: AsyncConnection, decided: Sequence[tuple[Trade | None, Trade]]) -> None:
    new = [values_of(after.order) for before, after in decided if before is None]
    if new:
        await connection.execute(insert(t.orders), new)
    changed = [(before.order, after.order) for before, after in decided if before is not None]
    await _update(connection, t.orders, changed)
    contacts = [
        values_of(after.contact)
        for before, after in decided
        if before is None or before.contact.version != after.contact.version
    ]
    if contacts:
        await connection.execute(insert(t.contacts), contacts)


async def _write_rows(connection: AsyncConnection, table: Table[Any], before: list[Any], after: list[Any]) -> None:
    if before == after:
        return
    old = {row.id: row for row in before}
    kept = {row.id for row in after}
    gone = [row.id for row in before if row.id not in kept]
    if gone:
        await connection.execute(delete(table).where(table.c.id.in_(gone)))
    await _update(connection, table, [(old[row.id], row) for row in after if row.id in old])
    new = [values_of(row) for row in after if row.id not in old]
    if new:
        await connection.execute(insert(table), new)


async def _update(connection: AsyncConnection, table: Table[Any], pairs: Iterable[tuple[Any, Any]]) -> None:
    """Write only the columns that changed; rows in which the same ones did go together."""
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for before, after in pairs:
        if before is not after and (values := changed_values(before, after)):
            together.setdefault(tuple(values), []).append({"row_id": after.id, **values})
    for names, rows in together.items():
        statement = update(table).where(table.c.id == bindparam("row_id"))
        await connection.execute(statement.values({name: bindparam(name) for name in names}), rows)


async def _write_events(connection: AsyncConnection, trades: Sequence[Trade]) -> None:
    rows = [
        event_row("ORDER", trade.order.id, happening, trade.order.id)
        for trade in trades
        for happening in trade.happenings
    ]
    rows += [
        event_row("COUPON", coupon_id, happening, trade.order.id)
        for trade in trades
        for coupon_id, happening in trade.coupon_happenings
    ]
    if rows:
        await connection.execute(insert(t.events), rows)
