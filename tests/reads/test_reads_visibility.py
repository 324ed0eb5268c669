"""`party_of` and its SQL twin agree on every viewer and every order (section 13)."""

from itertools import product
from uuid import UUID

from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from app import reads
from app.db.engine import Pool
from app.domain.access import By, Role, Seen, Viewer, party_of
from app.reads.binds import Binds, Moment
from app.reads.rendering import template
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
