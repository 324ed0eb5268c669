"""Orders by chance, in every state a list can tell apart, written as the product writes them."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select

from app.actions import policies
from app.db import tables as t
from app.db import trades
from app.domain.access import Actor, By
from app.domain.policy import ExportMethod, TransportMode
from app.domain.policy_changes import PolicyPatch
from app.domain.records import (
    Contact,
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    Item,
    LeadSource,
    Membership,
    Order,
    OrderType,
    Seller,
    ServiceStatus,
    Status,
)
from app.domain.remedies import (
    Claim,
    ClaimRejection,
    ClaimStatus,
    Dispute,
    DisputeOutcome,
    DisputeReason,
    DisputeStatus,
    Guarantee,
)
from app.domain.trade import Trade
from tests.domain.build import POLICY, RATES
from tests.market import Team, by, new_account, new_operator, new_seller
from tests.means import START, TestMeans

COUNTRIES = ("US", "DE", "FR", "BR", "CO", "KE")
CURRENCIES = ("USD", "USD", "USD", "EUR", "JPY")
PRODUCTS = (
    "碳纤维手机壳",
    "手机支架",
    "Carbon phone case",
    "USB-C cable, 2 m",
    "不锈钢保温杯",
    "Bamboo Cup",
    "iPhone手机膜",
)
LABELS = ("VIP", "急单", "Key account", "Trade fair 2026", "复购客户")
NAMES = ("Ada Lovelace", "王小明", "José Álvarez", "Grace Hopper", "MÜLLER GmbH", "Ana 安娜")


@dataclass
class World:
    """Two sellers, some buyers, an operator, and every order there is."""

    means: TestMeans
    sellers: list[Team]
    buyers: list[Actor]
    names: dict[UUID, str]
    countries: dict[UUID, str]
    operator: Actor
    members: dict[UUID, UUID]
    orders: list[Trade] = field(default_factory=list)

    @property
    def actors(self) -> dict[str, Actor]:
        """Everybody who may look, by what they are called."""
        first, second = self.sellers
        return {
            "operator": self.operator,
            "owner": first.owner,
            "finance": first.finance,
            "sales": first.sales,
            "own sales": replace(first.sales, sales_see_all=False),
            "another owner": second.owner,
            "buyer": self.buyers[0],
            "another buyer": self.buyers[1],
        }


async def world(means: TestMeans, orders: int, seed: int, ceiling: int) -> World:
    """A market with so many orders, of which a tab counts no more than `ceiling`."""
    operator = await new_operator(means)
    sellers = [await new_seller(means) for _ in range(2)]
    buyers = [
        await new_account(means, name=name, country=country) for name, country in zip(NAMES, COUNTRIES, strict=True)
    ]
    await policies.change(means, by(operator), PolicyPatch(count_ceiling=ceiling))
    async with means.engine.connect() as connection:
        found = await connection.execute(select(t.members.c.account_id, t.members.c.id))
        members = {row.account_id: row.id for row in found}
    ids = [buyer.account_id for buyer in buyers]
    made = World(
        means, sellers, buyers, dict(zip(ids, NAMES, strict=True)), dict(zip(ids, COUNTRIES, strict=True)), operator,
        members,
    )  # fmt: skip
    chance = random.Random(seed)
    await add(made, (order(made, chance, at) for at in range(orders)))
    return made


async def add(made: World, more: Iterable[Trade]) -> None:
    """Write orders as the product does, many at once."""
    orders = iter(more)
    while batch := list(islice(orders, 500)):
        async with made.means.engine.begin() as connection:
            await trades.write(connection, [(None, trade) for trade in batch])
        made.orders += batch


def order(made: World, chance: random.Random, at: int) -> Trade:
    """An order whose columns, rows and dates are what chance says."""
    team, buyer = chance.choice(made.sellers), chance.choice(made.buyers)
    type_ = chance.choice(list(OrderType))
    by_seller = type_ is OrderType.SELLER_DRAFT
    status = chance.choice(list(Status))
    closed, agreed = status is Status.CLOSED, status not in (Status.DRAFT, Status.PENDING_CONFIRMATION)
    # some orders were begun at the same instant, so that the key decides
    created = START - timedelta(hours=at // 3)
    changed = created + timedelta(minutes=chance.randint(0, 30))
    total = chance.choice([0, 1, 99_99, 100_00, 100_01, 551_23, 10**9])
    id = made.means.mint.id()
    row = Order(
        id=id,
        number=None if status is Status.DRAFT else made.means.mint.order_number(created),
        version=1,
        status=status,
        awaiting=chance.choice([By.BUYER, By.SELLER]) if status is Status.PENDING_CONFIRMATION else None,
        type=type_,
        drafted_by=By.SELLER if by_seller else By.BUYER,
        seller_id=team.id,
        buyer_id=None if status is Status.DRAFT and by_seller and chance.random() < 0.5 else buyer.account_id,
        salesperson_id=chance.choice([None, team.sales.account_id, team.owner.account_id]),
        currency=chance.choice(CURRENCIES),
        products=total,
        total=total,
        coupon=min(total, chance.choice([0, 0, 50])),
        transport_mode=chance.choice([None, *TransportMode]),
        export_method=chance.choice([None, *ExportMethod]),
        contact_version=0,
        dispatch_guaranteed=chance.random() < 0.5,
        delivery_guaranteed=chance.random() < 0.2,
        overdue_at=changed if agreed and chance.random() < 0.2 else None,
        delivery_overdue_at=changed if agreed and chance.random() < 0.2 else None,
        lead_source=chance.choice([None, *LeadSource]),
        labels=tuple(chance.sample(LABELS, chance.choice([0, 0, 1, 2]))),
        created_at=created,
        updated_at=changed,
        confirmed_at=changed if agreed and (not closed or chance.random() < 0.8) else None,
        closed_at=changed if closed else None,
    )
    seller = Seller(team.id, "", "CN", Membership.PAID, ServiceStatus.ACTIVE, 0, True, 0, START)
    email = chance.choice([buyer.email, f"{at % 7}.orders@import-{at % 5}.example.com", None])
    country = chance.choice([None, *COUNTRIES])
    trade = Trade(row, Contact(made.means.mint.id(), id, 0, email=email, country=country), seller, POLICY, RATES)
    return _rows(made, trade, chance, buyer)


def _rows(made: World, trade: Trade, chance: random.Random, buyer: Actor) -> Trade:
    """The order with its lines, and perhaps a deadline, disputes and a claim."""
    mint, id, at = made.means.mint, trade.order.id, trade.order.updated_at
    for position, name in enumerate(chance.sample(PRODUCTS, chance.randint(0, 2))):
        line = Item(mint.id(), id, position, name, (), None, None, 1, RATES["EUR", "USD"], "piece", None, 1, "USD")
        trade = trade.put("items", line)
    if trade.order.confirmed_at is None:
        return trade
    if chance.random() < 0.7:
        trade = trade.put("deadlines", *_clocks(made, id, at, chance))
    for _ in range(chance.choice([0, 0, 1, 2])):
        ended = trade.dispute is not None or chance.random() < 0.5
        trade = trade.put("disputes", _dispute(made, id, at, buyer, ended))
    if chance.random() < 0.4:
        status = chance.choice([ClaimStatus.UNDER_REVIEW, ClaimStatus.REJECTED])
        trade = trade.put("claims", _claim(made, id, at, buyer, status))
    return trade


def _clocks(made: World, order_id: UUID, at: datetime, chance: random.Random) -> Sequence[Deadline]:
    """A dispatch deadline that counts, or does not, and perhaps one that was moved away."""
    standing = chance.choice([DeadlineStatus.RUNNING, DeadlineStatus.MET, DeadlineStatus.LAPSED, DeadlineStatus.VOID])
    return [
        Deadline(
            made.means.mint.id(), order_id, DeadlineKind.DISPATCH, None, at, at + timedelta(days=chance.randint(0, 9)),
            "SHP-1", {}, status, None if status is DeadlineStatus.RUNNING else at, None, at,
        )
        for status in chance.choice([[standing], [DeadlineStatus.MOVED, standing]])
    ]  # fmt: skip


def _dispute(made: World, order_id: UUID, at: datetime, buyer: Actor, ended: bool) -> Dispute:
    dispute = Dispute(
        made.means.mint.id(), order_id, DisputeStatus.AWAITING_SELLER, DisputeReason.OTHER, 1, None, "USD",
        buyer.account_id, at,
    )  # fmt: skip
    if not ended:
        return dispute
    outcome = DisputeOutcome.WITHDRAWN
    return replace(dispute, status=DisputeStatus.RESOLVED, resolved_at=at, outcome=outcome, refunded=0)


def _claim(made: World, order_id: UUID, at: datetime, buyer: Actor, status: ClaimStatus) -> Claim:
    claim = Claim(
        made.means.mint.id(), order_id, Guarantee.ON_TIME_DISPATCH, status, buyer.account_id, at, at, 1,
        RATES["EUR", "USD"], 100,
    )  # fmt: skip
    if status is ClaimStatus.UNDER_REVIEW:
        return claim
    return replace(claim, decided_at=at, rejection=ClaimRejection.FACTS, reason="So the facts say.")
