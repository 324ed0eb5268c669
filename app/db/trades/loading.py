"""Trades loaded: one statement brings everything of an order, whole rows as PostgreSQL's own records."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import files
from app.db.driver import within
from app.db.rows import json_of, record_from
from app.db.trades.named import load_named
from app.db.trades.parts import COLLECTIONS, children_sql
from app.db.trades.pinned import known, policy_by
from app.db.trades.shared import with_coupons, with_debts
from app.domain import goods
from app.domain import records as r
from app.domain.trade import Trade

_CHILDREN = ",\n    ".join(children_sql(name) for name in COLLECTIONS)

# The products of the lines, also of those that an open amendment proposes, and those that are named beside
_NAMED = """SELECT i.product_id FROM items i WHERE i.order_id = o.id
      UNION ALL SELECT unnest($6::uuid[])
      UNION ALL SELECT CAST(line ->> 'product_id' AS uuid) FROM amendments x, jsonb_array_elements(
        CASE jsonb_typeof(x.changes -> 'items') WHEN 'array' THEN x.changes -> 'items' ELSE '[]' END) AS line
      WHERE x.order_id = o.id AND x.status = 'PROPOSED'"""

# One statement brings everything: rows come back whole, as PostgreSQL's own records
_LOAD = f"""
SELECT o AS "order", s AS seller,
    (SELECT c FROM contacts c WHERE c.order_id = o.id AND c.version = o.contact_version) AS contact,
    pinned.current_id, (SELECT p FROM policies p WHERE p.id = pinned.current_id AND p.id <> ALL($3)) AS current,
    pinned.policy_id, (SELECT p FROM policies p WHERE p.id = pinned.policy_id AND p.id <> ALL($3)) AS policy,
    (SELECT a.id FROM accounts a JOIN contacts c ON c.email = a.email
      WHERE c.order_id = o.id AND c.version = o.contact_version
        AND a.email_verified AND NOT a.operator AND a.disabled_at IS NULL
        AND NOT EXISTS (SELECT FROM members m WHERE m.account_id = a.id)) AS registered_buyer,
    (SELECT a.country FROM accounts a WHERE a.id = o.buyer_id) AS buyer_country,
    ARRAY(SELECT a FROM accounts a WHERE a.id = o.buyer_id UNION ALL SELECT a FROM accounts a JOIN contacts c
      ON c.email = a.email WHERE c.order_id = o.id AND c.version = o.contact_version) AS buyers,
    ARRAY(SELECT m.account_id FROM members m WHERE m.seller_id = o.seller_id AND m.removed_at IS NULL) AS salespeople,
    NOT EXISTS (SELECT FROM orders x WHERE x.seller_id = o.seller_id AND x.confirmed_at < coalesce(o.confirmed_at, $2)
      AND x.id <> o.id) AS new_seller,
    CASE WHEN $4 THEN (SELECT coalesce(sum(x.quota_occupied), 0)::bigint FROM orders x
      WHERE x.seller_id = o.seller_id AND x.quota_occupied > 0) ELSE 0 END AS quota_in_use,
    ARRAY(SELECT e FROM unnest(o.currency || $5::text[]) AS wanted(code),
      LATERAL (VALUES (code, 'USD'), ('USD', code), ('CNY', code)) AS pair(base, quote),
      LATERAL (SELECT x FROM exchange_rates x WHERE x.base = pair.base AND x.quote = pair.quote
        AND x.effective_at <= coalesce(o.confirmed_at, $2) ORDER BY x.effective_at DESC LIMIT 1) AS newest(e)
    ) AS rates,
    CASE WHEN $4 THEN (SELECT jsonb_object_agg(x.campaign, x.count) FROM (SELECT campaign, count(*) FROM orders x
      WHERE x.seller_id = o.seller_id AND x.campaign IS NOT NULL AND x.id <> o.id GROUP BY campaign) x
      ) END AS campaign_orders,
    ARRAY(SELECT p FROM products p WHERE p.id IN ({_NAMED})) AS products,
    ARRAY(SELECT x FROM template_lanes x WHERE x.template_id IN (SELECT p.template_id FROM products p
      WHERE p.id IN ({_NAMED}))) AS template_lanes,
    ARRAY(SELECT l FROM lanes l WHERE l.id IN (SELECT o.lane_id UNION ALL SELECT unnest($7::uuid[])
      UNION ALL SELECT CAST(x.changes ->> 'lane_id' AS uuid) FROM amendments x
      WHERE x.order_id = o.id AND x.status = 'PROPOSED')) AS lanes,
    EXISTS (SELECT FROM recoveries x WHERE x.seller_id = o.seller_id
      AND x.status IN ('OWED', 'PARTLY_COLLECTED')) AS indebted,
    {_CHILDREN}
FROM orders o JOIN sellers s ON s.id = o.seller_id
CROSS JOIN LATERAL (SELECT x.id AS current_id, coalesce(o.policy_id, x.id) AS policy_id FROM policies x
  WHERE x.effective_at <= $2 ORDER BY x.effective_at DESC LIMIT 1) AS pinned
WHERE o.id = ANY($1)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step asks for beside the rows of its order.

    `quota` is what of the seller's quota and campaign places is taken, `balances` what the seller has and owes,
    `coupon_id` a coupon to apply, `currencies`, `products` and `lanes` those a patch names, `files` uploaded ones that
    are offered, `member_id` the account of the member who is given the order. A step that names its `facts` needs
    nothing of the order's rows but these.
    """

    quota: bool = False
    balances: bool = False
    currencies: Collection[str] = ()
    coupon_id: UUID | None = None
    products: Collection[UUID] = ()
    lanes: Collection[UUID] = ()
    files: Collection[UUID] = ()
    member_id: UUID | None = None
    facts: frozenset[str] | None = None


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
    Uploaded files that are offered to them stand among their attachments. An order of which a step names the facts is
    loaded in part, unless something of it has run out.
    """
    if asked.facts is not None and (named := await load_named(connection, ids, now, asked.facts)) is not None:
        return named
    given = (asked.currencies, asked.products, asked.lanes)
    values = (list(ids), now, known(), asked.quota, *(list(each) for each in given))
    found = await (await within(connection)).fetch(_LOAD, *values)
    loaded = await with_coupons(connection, [_trade(row) for row in found], asked.coupon_id, locked)
    if waiting := await files.waiting(connection, asked.files):
        loaded = [trade.put("attachments", *waiting) for trade in loaded]
    indebted = {row["order"]["seller_id"] for row in found if row["indebted"] or asked.balances}
    return await with_debts(connection, loaded, indebted, locked)


def _trade(row: Any) -> Trade:
    children: dict[str, Any] = {
        name: tuple(record_from(kind, child) for child in row[name]) for name, (_, kind, _) in COLLECTIONS.items()
    }
    lanes = {lane["id"]: record_from(goods.Lane, lane) for lane in row["lanes"]}
    return Trade(
        order=record_from(r.Order, row["order"]),
        contact=record_from(r.Contact, row["contact"]),
        seller=record_from(r.Seller, row["seller"]),
        policy=policy_by(row["policy_id"], row["policy"]),
        policy_now=policy_by(row["current_id"], row["current"]),
        rates={(rate["base"], rate["quote"]): rate["rate"] for rate in row["rates"]},
        registered_buyer=row["registered_buyer"],
        buyer_country=row["buyer_country"],
        buyers={account["id"]: record_from(r.Buyer, account) for account in row["buyers"]},
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


def _product_lanes(row: Any) -> dict[UUID, frozenset[UUID]]:
    lanes: dict[UUID, set[UUID]] = defaultdict(set)
    for bound in row["template_lanes"]:
        lanes[bound["template_id"]].add(bound["lane_id"])
    return {product["id"]: frozenset(lanes[product["template_id"]]) for product in row["products"]}
