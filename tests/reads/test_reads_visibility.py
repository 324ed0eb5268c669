"""`party_of` and its SQL twin agree on every viewer and every order (section 13)."""

from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from app import reads
from app.db import tables as t
from app.db.engine import Pool
from app.db.rows import record_from
from app.domain.access import By, Role, Seen, Viewer, party_of
from app.domain.attachments import may_see
from app.domain.goods import Attachment
from app.domain.happenings import KINDS_FOR
from app.reads.binds import Binds, Moment
from app.reads.rendering import template
from app.schema.attachments import visible_files
from app.schema.order import visible_events
from tests.reads.bazaar import Bazaar
from tests.reads.conftest import NOW

ME, ANOTHER, MINE, THEIRS = UUID(int=1), UUID(int=2), UUID(int=11), UUID(int=12)
seen_orders = Table(
    "seen_orders",
    MetaData(),
    Column("id", Integer, primary_key=True),
    *(Column(name, Uuid, nullable=True) for name in ("seller_id", "buyer_id", "salesperson_id")),
    Column("drafted_by", Text),
    Column("status", Text),
)
ORDERS = [
    Seen(seller, buyer, salesperson, drafted_by, draft)
    for seller, buyer, salesperson, drafted_by, draft in product(
        (MINE, THEIRS), (ME, ANOTHER, None), (ME, ANOTHER, None), (By.BUYER, By.SELLER), (True, False)
    )
]
VIEWERS: list[Viewer | None] = [
    *(Viewer(role, ME, seller, sees_all, may_read)
      for role, seller, sees_all, may_read in product(Role, (MINE, None), (True, False), (True, False))),
    None,
]  # fmt: skip


async def test_the_predicate_lets_through_what_the_sentence_names_a_party(pool: Pool) -> None:
    seen = 0
    await pool.execute(str(CreateTable(seen_orders).compile(dialect=postgresql.dialect())))  # type: ignore[no-untyped-call]
    for at, order in enumerate(ORDERS):
        status = "DRAFT" if order.draft else "PENDING_PAYMENT"
        row = (at, order.seller_id, order.buyer_id, order.salesperson_id, order.drafted_by.value, status)
        await pool.execute("INSERT INTO seen_orders VALUES ($1, $2, $3, $4, $5, $6)", *row)
    rule = reads.party_to(seen_orders.c)
    for viewer in VIEWERS:
        sql, getters = Binds().finish(template(rule(reads.Standing.of(viewer)), seen_orders))
        arguments = [getter(Moment({}, viewer, NOW)) for getter in getters]
        found = await pool.fetch(f"SELECT id FROM seen_orders AS row__ WHERE {sql}", *arguments)
        expected = {at for at, order in enumerate(ORDERS) if viewer is not None and party_of(viewer, order)}
        assert {row["id"] for row in found} == expected, viewer
        seen += len(expected)
    assert 0 < seen < len(ORDERS) * len(VIEWERS)


async def shown(fair: Bazaar, rule: reads.Rule, table: Any, viewer: Viewer) -> set[Any]:
    """The keys of a table's rows that a rule shows to a viewer."""
    sql, getters = Binds().finish(template(rule(reads.Standing.of(viewer)), table))
    arguments = [getter(Moment({}, viewer, NOW)) for getter in getters]
    return {row["id"] for row in await fair.pool.fetch(f"SELECT id FROM {table.name} AS row__ WHERE {sql}", *arguments)}


async def orders_of(fair: Bazaar) -> dict[UUID, Seen]:
    """What visibility rests on, of every order of the market."""
    rows = await fair.pool.fetch("SELECT id, seller_id, buyer_id, salesperson_id, drafted_by, status FROM orders")
    return {
        id: Seen(seller, buyer, salesperson, By(drafted_by), status == "DRAFT")
        for id, seller, buyer, salesperson, drafted_by, status in rows
    }


async def test_a_file_is_shown_to_whom_the_domain_shows_it(fair: Bazaar) -> None:
    """Section 13: file by file, order by order, for everybody in the market."""
    orders = await orders_of(fair)
    files = [record_from(Attachment, dict(row)) for row in await fair.pool.fetch("SELECT * FROM attachments")]
    sizes = set()
    for name, actor in fair.viewers.items():
        if actor is None or not actor.viewer.reads:
            continue
        wanted = {file.id for file in files if may_see(file, actor.viewer, orders.get(file.order_id or file.id))}
        assert await shown(fair, visible_files, t.attachments, actor.viewer) == wanted, name
        sizes.add(len(wanted))
    assert len(sizes) > 2


async def test_sales_hear_of_the_orders_assigned_to_them_alone(fair: Bazaar) -> None:
    """Section 13: where they do not see all, an event of a colleague's order is not for them."""
    orders = await orders_of(fair)
    actor = fair.viewers["own sales"]
    assert actor is not None
    viewer = actor.viewer
    events = await fair.pool.fetch("SELECT id, order_id, seller_id, salesperson_id, kind FROM events")
    own = [event for event in events if event["seller_id"] == viewer.seller_id]
    wanted = {
        event["id"]
        for event in own
        if event["kind"] in KINDS_FOR[viewer.role]
        and viewer.account_id in (event["salesperson_id"], _salesperson(orders, event["order_id"]))
    }
    assert await shown(fair, visible_events, t.events, viewer) == wanted
    assert 0 < len(wanted) < len(own)


def _salesperson(orders: dict[UUID, Seen], order_id: UUID | None) -> UUID | None:
    seen = None if order_id is None else orders.get(order_id)
    return None if seen is None else seen.salesperson_id
